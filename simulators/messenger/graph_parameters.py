"""One flat set of parameters from a Graph call: query, JSON body or form body, with nested JSON in form values.

The body wins over the query, as on the platform.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from simulators.messenger.graph_errors import GraphError, bad_parameter

MAX_JSON_DEPTH = 20
_COMMON = frozenset({"access_token", "appsecret_proof", "appsecret_time", "pretty", "locale", "fields"})

Parameters = dict[str, Any]


def from_json(body: bytes) -> Parameters:
    """The members of a JSON object. Raises error 100 for anything else, duplicate names, halves of surrogate pairs and nesting
    over ``MAX_JSON_DEPTH``."""
    parsed = _parsed(body, "The body")
    if not isinstance(parsed, dict):
        raise bad_parameter("The body must be a JSON object")
    return parsed


def from_pairs(pairs: Iterable[tuple[str, str]]) -> Parameters:
    """Query or form fields; a value that is written as a JSON object or array is decoded. Raises error 100 for broken JSON."""
    return {name: _parsed(value, f"param {name}") if value.startswith(("{", "[")) else value for name, value in pairs}


def _parsed(text: str | bytes, what: str) -> Any:
    try:
        parsed = json.loads(text, object_pairs_hook=_no_duplicates, parse_constant=_no_constants)
        if _depth(parsed) > MAX_JSON_DEPTH:
            raise bad_parameter(f"{what} is nested too deeply")
        json.dumps(parsed, ensure_ascii=False).encode("utf-8")
    except (ValueError, RecursionError) as error:
        raise bad_parameter(f"{what} is not valid JSON") from error
    return parsed


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len({name for name, _ in pairs}) != len(pairs):
        raise ValueError("a name twice in one object")
    return dict(pairs)


def _no_constants(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def _depth(value: Any) -> int:
    level, deepest = [value], 0
    while level and deepest <= MAX_JSON_DEPTH:
        deepest += 1
        level = [
            child
            for item in level
            if isinstance(item, dict | list)
            for child in (item.values() if isinstance(item, dict) else item)
        ]
    return deepest


def refuse_unexpected(parameters: Mapping[str, Any], expected: Iterable[str], where: str = "") -> None:
    """Error 100 for a name that is neither ``expected`` nor (at the top, where ``where`` is empty) one of every Graph call."""
    known = set(expected) if where else set(expected) | _COMMON
    for name in parameters:
        if name not in known:
            raise bad_parameter(f"Unexpected key {where}[{name}]" if where else f"Unexpected parameter {name}")


def required_object(parameters: Mapping[str, Any], name: str) -> dict[str, Any]:
    """A member that must be a JSON object. Raises error 100."""
    value = parameters.get(name)
    if value is None:
        raise bad_parameter(f"The parameter {name} is required")
    if not isinstance(value, dict):
        raise bad_parameter(f"param {name} must be an object")
    return value


def text_of(holder: Mapping[str, Any], name: str, where: str, longest: int, *, missing_subcode: int | None = None) -> str:
    """A required, non-empty string of at most ``longest`` characters (code points). Raises error 100."""
    value = holder.get(name)
    if value is None or value == "":
        raise bad_parameter(f"{where}[{name}] cannot be empty", missing_subcode)
    return limited_text(value, f"{where}[{name}]", longest)


def limited_text(value: Any, where: str, longest: int) -> str:
    """``value`` if it is a string of at most ``longest`` characters. Raises error 100."""
    if not isinstance(value, str):
        raise bad_parameter(f"param {where} must be a string")
    if len(value) > longest:
        raise bad_parameter(f"Length of param {where} must be less than or equal to {longest}")
    return value


def person_id(parameters: Mapping[str, Any]) -> str:
    """The PSID in ``recipient``. Raises error 100 unless it is an object whose only key is ``id``, a string of digits.

    Ids are longer than a float can hold, so a number is refused even where the platform would let it pass."""
    recipient = required_object(parameters, "recipient")
    if set(recipient) != {"id"}:
        raise bad_parameter("param recipient must hold exactly one of the supported keys: id")
    value = recipient["id"]
    if not isinstance(value, str):
        raise bad_parameter("param recipient[id] must be a string")
    return value


def flag(value: Any, where: str) -> bool:
    """A boolean, also in its form spelling. Raises error 100."""
    if isinstance(value, bool):
        return value
    if value in ("true", "1"):
        return True
    if value in ("false", "0"):
        return False
    raise bad_parameter(f"param {where} must be a boolean")


def missing_token(asked_for_me: bool) -> GraphError:
    """The answer to a call without any token."""
    if asked_for_me:
        return GraphError(2500, "An active access token must be used to query information about the current user.")
    return GraphError(104, "An access token is required to request this resource.")
