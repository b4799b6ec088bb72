"""Checks of the Rasa project's shape: blocks, the domain, answers and their buttons, rules and stories."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

from bot.authoring.documents import NLU_FOLDER, Block, blocks_in, read_plain
from bot.authoring.faults import Fault
from bot.language.masking import find_private

NAME = re.compile(r"[a-z][a-z0-9_]*(?:/[a-z][a-z0-9_]*)?")
LONGEST_BUTTON = 20
LONGEST_ANSWER = 2_000
_DOMAIN_KEYS = frozenset(
    ("version", "intents", "entities", "slots", "responses", "actions", "forms", "e2e_actions", "session_config")
)
_PAYLOAD = re.compile(r"/(?P<intent>[a-z][a-z0-9_]*)\s*(?P<entities>\{.*\})?", re.DOTALL)
_TOP_KEYS = {"data/nlu/": "nlu", "data/rules/": "rules", "data/stories/": "stories"}
_BUILT_IN_ACTIONS = ("action_listen", "action_restart", "action_default_fallback", "action_back", "action_session_start")
_CODE = re.compile(r"action_unlikely_intent|action_deactivate_loop|action_two_stage_fallback|action_extract_slots")
_BRACES = re.compile(r"(?<!\{)\{(?!\{)|(?<!\})\}(?!\})")


@dataclass(frozen=True)
class Domain:
    """What ``domain/`` declares. ``responses``: name → (file, its variations)."""

    intents: frozenset[str] = frozenset()
    entities: frozenset[str] = frozenset()
    actions: frozenset[str] = frozenset()
    responses: Mapping[str, tuple[str, Any]] = field(default_factory=dict)
    lists: Mapping[str, tuple[str, tuple[str, ...]]] = field(default_factory=dict)


def names_of(value: Any) -> list[str]:
    """The names of a list of the domain, whose entries are names or mappings from a name to its settings."""
    found: list[str] = []
    for entry in value if isinstance(value, list) else ():
        found += [entry] if isinstance(entry, str) else [str(name) for name in entry] if isinstance(entry, dict) else []
    return found


def domain_of(texts: Mapping[str, str]) -> Domain:
    """All files of ``domain/`` together. Files that cannot be read are passed over: their own check names them."""
    intents: set[str] = set()
    entities: set[str] = set()
    actions: set[str] = set()
    responses: dict[str, tuple[str, Any]] = {}
    for path in sorted(texts):
        if not path.startswith("domain/"):
            continue
        content = _mapping(texts[path])
        intents |= set(names_of(content.get("intents")))
        entities |= set(names_of(content.get("entities")))
        actions |= set(names_of(content.get("actions"))) | set(content.get("forms") or ())
        for name, variations in (content.get("responses") or {}).items():
            responses[str(name)] = (path, variations)
    return Domain(frozenset(intents), frozenset(entities), frozenset(actions), responses)


def _mapping(text: str) -> dict[str, Any]:
    try:
        content = read_plain(text)
    except (yaml.YAMLError, ValueError, RecursionError):
        return {}
    return content if isinstance(content, dict) else {}


def line_of(text: str, *keys: str | int) -> int:
    """The line of the value at this place, or of the nearest one around it."""
    node, line = yaml.compose(text, Loader=yaml.CSafeLoader), 1
    for key in keys:
        if isinstance(node, yaml.MappingNode):
            found = next(((name, value) for name, value in node.value if name.value == key), None)
            if found is None:
                return line
            line, node = found[0].start_mark.line + 1, found[1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(key, int) and key < len(node.value):
            node = node.value[key]
            line = node.start_mark.line + 1
    return line


def shape_faults(path: str, text: str, domain: Domain) -> Iterator[Fault]:
    """What is wrong with one file's shape, where it is one of the Rasa project's."""
    try:
        content = read_plain(text)
    except (yaml.YAMLError, ValueError) as error:
        yield Fault(path, 1, "not_yaml", {"problem": str(error).splitlines()[0][:160]})
        return
    if not isinstance(content, dict):
        yield Fault(path, 1, "no_mapping")
        return
    top = next((key for folder, key in _TOP_KEYS.items() if path.startswith(folder)), None)
    if path.startswith("domain/"):
        yield from _domain_faults(path, text, content, domain)
    elif top is not None:
        for key in content.keys() - {"version", top}:
            yield Fault(path, line_of(text, key), "unknown_key", {"key": key, "known": top})
        if not isinstance(content.get(top), list):
            yield Fault(path, line_of(text, top), "no_list", {"key": top})
        elif top == "nlu":
            yield from _nlu_faults(path, text, content["nlu"], domain)
        else:
            yield from _step_faults(path, text, content[top], top, domain)


def _nlu_faults(path: str, text: str, listed: list[Any], domain: Domain) -> Iterator[Fault]:
    for number, block in enumerate(listed):
        kinds = [kind for kind in ("intent", "synonym", "lookup", "regex") if isinstance(block, dict) and kind in block]
        if len(kinds) != 1 or not isinstance(block.get("examples"), str | list):
            yield Fault(path, line_of(text, "nlu", number), "odd_block")
    for found in blocks_in({path: text}):
        if found.kind == "intent" and not NAME.fullmatch(found.name):
            yield Fault(path, found.line, "odd_name", {"name": found.name[:60]})
        elif found.kind == "intent" and found.name.partition("/")[0] not in domain.intents:
            yield Fault(path, found.line, "unknown_intent", {"name": found.name})
        if not found.examples:
            yield Fault(path, found.line, "no_examples", {"name": found.name})


def _domain_faults(path: str, text: str, content: dict[Any, Any], domain: Domain) -> Iterator[Fault]:
    for key in content.keys() - _DOMAIN_KEYS:
        yield Fault(path, line_of(text, key), "unknown_key", {"key": key, "known": ", ".join(sorted(_DOMAIN_KEYS))})
    for key in ("intents", "entities", "actions"):
        names = names_of(content.get(key))
        for name in sorted({name for name in names if names.count(name) > 1}):
            yield Fault(path, line_of(text, key), "double_key", {"key": name})
        for name in names:
            if not NAME.fullmatch(name):
                yield Fault(path, line_of(text, key), "odd_name", {"name": name[:60]})
    responses = content.get("responses") or {}
    if not isinstance(responses, dict):
        yield Fault(path, line_of(text, "responses"), "odd_answer", {"name": "responses"})
        return
    for name, variations in responses.items():
        if not str(name).startswith("utter_"):
            yield Fault(path, line_of(text, "responses", name), "odd_answer_name", {"name": name})
        if not isinstance(variations, list) or not variations:
            yield Fault(path, line_of(text, "responses", name), "odd_answer", {"name": name})
            continue
        for number, said in enumerate(variations):
            line = line_of(text, "responses", name, number)
            yield from answer_faults(path, line, str(name), said, domain)


def answer_faults(path: str, line: int, name: str, said: Any, domain: Domain) -> Iterator[Fault]:
    """What is wrong with one variation of an answer and its buttons."""
    if not isinstance(said, dict) or not isinstance(said.get("text", ""), str) or not (said.get("text") or said.get("custom")):
        yield Fault(path, line, "odd_answer", {"name": name})
        return
    words = said.get("text", "")
    if len(words) > LONGEST_ANSWER:
        yield Fault(path, line, "long_answer", {"name": name, "most": LONGEST_ANSWER})
    if find_private(words):
        yield Fault(path, line, "private_number", {"name": name}, "warning")
    if _BRACES.search(words):
        yield Fault(path, line, "brace_in_answer", {"name": name}, "warning")
    if words and "Ông/Bà" not in words:
        yield Fault(path, line, "no_address", {"name": name}, "warning")
    for button in said.get("buttons") or ():
        title, payload = (button.get("title"), button.get("payload")) if isinstance(button, dict) else (None, None)
        if not isinstance(title, str) or not title.strip() or len(title) > LONGEST_BUTTON:
            yield Fault(path, line, "button_title", {"name": name, "title": title or "", "most": LONGEST_BUTTON})
        yield from _payload_faults(path, line, name, payload, domain)


def _payload_faults(path: str, line: int, name: str, payload: Any, domain: Domain) -> Iterator[Fault]:
    values = {"name": name, "payload": str(payload)[:80]}
    if isinstance(payload, str) and payload.startswith("https://"):
        return
    match = _PAYLOAD.fullmatch(payload.strip()) if isinstance(payload, str) else None
    if match is None:
        yield Fault(path, line, "button_payload", values)
        return
    if match["intent"] not in domain.intents:
        yield Fault(path, line, "button_intent", values | {"intent": match["intent"]})
    try:
        carried = json.loads(match["entities"] or "{}")
    except ValueError:
        yield Fault(path, line, "button_payload", values)
        return
    for entity in sorted(set(carried) - domain.entities):
        yield Fault(path, line, "unknown_entity", {"example": values["payload"], "entity": entity})


def _step_faults(path: str, text: str, listed: list[Any], top: str, domain: Domain) -> Iterator[Fault]:
    kind = {"rules": "rule", "stories": "story"}[top]
    known_actions = domain.actions | set(domain.responses) | set(_BUILT_IN_ACTIONS)
    seen: set[str] = set()
    for number, one in enumerate(listed):
        if not isinstance(one, dict) or not isinstance(one.get(kind), str) or not isinstance(one.get("steps"), list):
            yield Fault(path, line_of(text, top, number), "odd_steps", {"kind": kind})
            continue
        if one[kind] in seen:
            yield Fault(path, line_of(text, top, number), "double_key", {"key": one[kind]})
        seen.add(one[kind])
        for step, content in enumerate(one["steps"]):
            line = line_of(text, top, number, "steps", step)
            if not isinstance(content, dict):
                yield Fault(path, line, "odd_steps", {"kind": kind})
                continue
            intent, action = content.get("intent"), content.get("action")
            if isinstance(intent, str) and intent.partition("/")[0] not in domain.intents:
                yield Fault(path, line, "unknown_intent", {"name": intent})
            if isinstance(action, str) and action not in known_actions and not _CODE.fullmatch(action):
                yield Fault(path, line, "unknown_action", {"name": action})


def removal_faults(before: Domain, after: Domain, blocks: list[Block]) -> Iterator[Fault]:
    """Intents that the domain no longer declares and that examples still have."""
    gone = before.intents - after.intents
    for block in blocks:
        if block.kind == "intent" and block.name in gone and block.path.startswith(NLU_FOLDER):
            yield Fault(block.path, block.line, "unknown_intent", {"name": block.name})
