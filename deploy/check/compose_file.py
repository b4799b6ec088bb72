"""Reads ``deploy/compose/*.yaml`` as ``docker compose`` would: variables filled in, overlays merged."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

FOLDER = Path(__file__).resolve().parents[1] / "compose"
_VARIABLE = re.compile(r"\$\{([A-Z_]+)(?::([-?])([^}]*))?\}")


class ComposeFileError(ValueError):
    """The file cannot be used; the message names the variable or the place."""


@dataclass(frozen=True)
class Service:
    """One service. ``environment``: names and values as the container gets them; ``networks`` without ``outside``'s meaning."""

    name: str
    image: str
    command: tuple[str, ...]
    environment: Mapping[str, str]
    networks: tuple[str, ...]
    secrets: tuple[str, ...]
    volumes: tuple[str, ...]
    profiles: tuple[str, ...]
    depends_on: Mapping[str, str]
    raw: Mapping[str, Any]


@dataclass(frozen=True)
class Composition:
    """The whole file."""

    services: Mapping[str, Service]
    networks: Mapping[str, Mapping[str, Any]]
    secrets: Mapping[str, str]
    volumes: tuple[str, ...]


def filled_in(text: str, variables: Mapping[str, str]) -> str:
    """The text with ``${NAME:-default}`` and ``${NAME:?message}`` replaced. Raises ``ComposeFileError``."""

    def value(match: re.Match[str]) -> str:
        name, kind, rest = match.groups()
        found = variables.get(name, "")
        if found or kind is None:
            return found
        if kind == "?":
            raise ComposeFileError(f"{name}: {rest}")
        return str(rest)

    return _VARIABLE.sub(value, text)


def read_composition(variables: Mapping[str, str], *overlays: str, folder: Path = FOLDER) -> Composition:
    """``compose.yaml`` with these overlays (``zalo`` for ``compose.zalo.yaml``). Raises ``ComposeFileError``."""
    whole: dict[str, Any] = {}
    for name in ("compose.yaml", *(f"compose.{overlay}.yaml" for overlay in overlays)):
        document = yaml.safe_load((folder / name).read_text(encoding="utf-8"))
        _merge(whole, _filled_values(document, variables))
    return Composition(
        {name: _service(name, raw or {}) for name, raw in whole["services"].items()},
        {name: raw or {} for name, raw in whole["networks"].items()},
        {name: str(raw["file"]) for name, raw in whole["secrets"].items()},
        tuple(whole["volumes"]),
    )


def _filled_values(value: Any, variables: Mapping[str, str]) -> Any:
    if isinstance(value, str):
        return filled_in(value, variables)
    if isinstance(value, Mapping):
        return {key: _filled_values(inner, variables) for key, inner in value.items() if not str(key).startswith("x-")}
    if isinstance(value, list):
        return [_filled_values(inner, variables) for inner in value]
    return value


def _merge(whole: dict[str, Any], more: Mapping[str, Any]) -> None:
    """Mappings are merged, lists appended, the rest replaced: the rules of compose for what our overlays hold."""
    for key, value in more.items():
        if isinstance(value, Mapping) and isinstance(whole.get(key), dict):
            _merge(whole[key], value)
        elif isinstance(value, list) and isinstance(whole.get(key), list):
            whole[key] = [*whole[key], *value]
        else:
            whole[key] = dict(value) if isinstance(value, Mapping) else value


def _service(name: str, raw: Mapping[str, Any]) -> Service:
    depends = raw.get("depends_on") or {}
    environment = raw.get("environment") or {}
    command: Sequence[str] = raw.get("command") or ()
    return Service(
        name=name,
        image=str(raw.get("image", "")),
        command=tuple(str(part) for part in command),
        environment={key: str(value) for key, value in environment.items()},
        networks=tuple(raw.get("networks") or ()),
        secrets=tuple(raw.get("secrets") or ()),
        volumes=tuple(raw.get("volumes") or ()),
        profiles=tuple(raw.get("profiles") or ()),
        depends_on={other: str(how["condition"]) for other, how in depends.items()},
        raw=raw,
    )
