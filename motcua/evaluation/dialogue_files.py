"""Reading a file of dialogues strictly: what the citizen does in each turn, and what must be true of the answer."""

import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, TypeVar

import yaml

from motcua.evaluation.labelled_files import NO_STYLE, EvaluationFileError, text_of_file
from motcua.evaluation.labels import facet_of

T = TypeVar("T")

_TURN_KEYS: Mapping[str, str] = {
    "citizen": "citizen", "user": "citizen", "text": "citizen", "says": "citizen",
    "press": "press", "button": "press", "expect": "expect", "expects": "expect",
}  # fmt: skip
_EXPECT_KEYS: Mapping[str, str] = {
    "procedure": "procedure", "procedures": "procedure", "code": "procedure", "codes": "procedure", "procedure_code": "procedure",
    "facet": "facet", "facets": "facet", "intent": "intent", "intents": "intent",
    "asks": "asks", "ask": "asks", "asks_back": "asks", "offers": "offers", "offer": "offers", "choices": "offers",
    "contains": "contains", "says": "contains", "lacks": "lacks", "not_contains": "lacks", "not_says": "lacks",
    "handoff": "handoff", "messages_at_most": "messages_at_most", "max_messages": "messages_at_most", "silent": "silent",
}  # fmt: skip
_DIALOGUE_KEYS = frozenset({"name", "style", "turns", "note"})


@dataclass(frozen=True)
class Expected:
    """What must be true of the answer; what is None or empty is not looked at. ``handoff``: a reason, any, or none at all."""

    procedure: tuple[str, ...] = ()
    facet: tuple[str, ...] = ()
    intent: tuple[str, ...] = ()
    asks: bool | None = None
    offers: tuple[str, ...] = ()
    contains: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()
    handoff: str | bool | None = None
    messages_at_most: int | None = None
    silent: bool | None = None

    def shown(self) -> str:
        """In short, for a table."""
        said = ((one.name, getattr(self, one.name)) for one in fields(self))
        return ", ".join(f"{name}={_shown(value)}" for name, value in said if value not in (None, ()))


@dataclass(frozen=True)
class Turn:
    """One thing that the citizen does: types ``citizen``, or presses the button with the title ``press``."""

    line: int
    citizen: str | None
    press: str | None
    expected: Expected


@dataclass(frozen=True)
class Dialogue:
    """One conversation from its beginning."""

    line: int
    name: str
    style: str
    turns: tuple[Turn, ...]


class _FaultError(Exception):
    """A fault at a line of the file."""

    def __init__(self, node: yaml.Node, what: str) -> None:
        super().__init__(what)
        self.line = node.start_mark.line + 1


def read_dialogues(path: Path) -> list[Dialogue]:
    """The dialogues of a file. Raises ``EvaluationFileError`` with every fault and its line."""
    text = text_of_file(path)
    try:
        root = yaml.compose(text, Loader=yaml.CSafeLoader)
    except yaml.MarkedYAMLError as error:
        line = (error.problem_mark.line + 1) if error.problem_mark else 1
        raise EvaluationFileError([f"{path}:{line}: YAML hỏng ({error.problem})"]) from error
    except yaml.YAMLError as error:
        raise EvaluationFileError([f"{path}:1: YAML hỏng ({type(error).__name__})"]) from error
    if isinstance(root, yaml.MappingNode) and (inner := _pairs_or_empty(root).get("dialogues")):
        root = inner
    if not isinstance(root, yaml.SequenceNode) or not root.value:
        raise EvaluationFileError([f"{path}:1: cần một danh sách hội thoại"])
    dialogues: list[Dialogue] = []
    faults: list[str] = []
    seen: dict[str, int] = {}
    for node in root.value:
        try:
            dialogue = _dialogue(node)
        except _FaultError as fault:
            faults.append(f"{path}:{fault.line}: {fault}")
            continue
        if dialogue.name in seen:
            faults.append(f"{path}:{dialogue.line}: tên «{dialogue.name}» trùng với dòng {seen[dialogue.name]}")
        seen.setdefault(dialogue.name, dialogue.line)
        dialogues.append(dialogue)
    if faults:
        raise EvaluationFileError(faults)
    return dialogues


def _dialogue(node: yaml.Node) -> Dialogue:
    pairs = _pairs(node, "hội thoại")
    for key, value in pairs.items():
        if key not in _DIALOGUE_KEYS:
            raise _FaultError(value, f"không biết mục «{key}» của hội thoại")
    turns = pairs.get("turns")
    if "name" not in pairs or not isinstance(turns, yaml.SequenceNode) or not turns.value:
        raise _FaultError(node, "hội thoại cần «name» và danh sách «turns»")
    style = _text(pairs["style"]) if "style" in pairs else NO_STYLE
    line = node.start_mark.line + 1
    return Dialogue(line, _text(pairs["name"]), style, tuple(_turn(turn) for turn in turns.value))


def _turn(node: yaml.Node) -> Turn:
    pairs = _renamed(_pairs(node, "lượt"), _TURN_KEYS, "lượt")
    if ("citizen" in pairs) == ("press" in pairs):
        raise _FaultError(node, "mỗi lượt cần đúng một trong «citizen» và «press»")
    said = {name: _text(pairs[name]) for name in ("citizen", "press") if name in pairs}
    expected = _expected(pairs["expect"]) if "expect" in pairs else Expected()
    return Turn(node.start_mark.line + 1, said.get("citizen"), said.get("press"), expected)


def _expected(node: yaml.Node) -> Expected:
    pairs = _renamed(_pairs(node, "expect"), _EXPECT_KEYS, "expect")
    readers: Mapping[str, Callable[[yaml.Node], Any]] = {
        "procedure": _texts, "intent": _texts, "offers": _texts, "contains": _texts, "lacks": _texts,
        "facet": lambda value: tuple(facet_of(name) for name in _texts(value)),
        "asks": _truth, "silent": _truth, "messages_at_most": _number, "handoff": _truth_or_text,
    }  # fmt: skip
    return Expected(**{name: readers[name](value) for name, value in pairs.items()})


def _pairs_or_empty(node: yaml.MappingNode) -> dict[str, yaml.Node]:
    return {str(key.value): value for key, value in node.value}


def _pairs(node: yaml.Node, what: str) -> dict[str, yaml.Node]:
    if not isinstance(node, yaml.MappingNode):
        raise _FaultError(node, f"{what} phải là các cặp «mục: giá trị»")
    found = _pairs_or_empty(node)
    if len(found) != len(node.value):
        raise _FaultError(node, f"{what} có một mục viết hai lần")
    return found


def _renamed(pairs: Mapping[str, yaml.Node], names: Mapping[str, str], what: str) -> dict[str, yaml.Node]:
    found: dict[str, yaml.Node] = {}
    for key, value in pairs.items():
        if key not in names:
            raise _FaultError(value, f"không biết mục «{key}» của {what}; có thể dùng: {', '.join(sorted(names))}")
        if names[key] in found:
            raise _FaultError(value, f"«{names[key]}» có hai lần (viết khác tên)")
        found[names[key]] = value
    return found


def _text(node: yaml.Node) -> str:
    # The text as it stands: 1.001193 is a code and no number.
    if not isinstance(node, yaml.ScalarNode) or not node.value.strip():
        raise _FaultError(node, "cần một chuỗi không rỗng")
    return unicodedata.normalize("NFC", node.value.strip())


def _texts(node: yaml.Node) -> tuple[str, ...]:
    return tuple(_text(one) for one in node.value) if isinstance(node, yaml.SequenceNode) else (_text(node),)


def _truth(node: yaml.Node) -> bool:
    value = _truth_or_text(node)
    if not isinstance(value, bool):
        raise _FaultError(node, "cần true hoặc false")
    return value


def _truth_or_text(node: yaml.Node) -> bool | str:
    text = _text(node)
    if node.tag == "tag:yaml.org,2002:bool":
        return text.casefold() in ("true", "yes", "on")
    return text


def _number(node: yaml.Node) -> int:
    text = _text(node)
    if not text.isascii() or not text.isdigit():
        raise _FaultError(node, "cần một số nguyên")
    return int(text)


def _shown(value: object) -> str:
    return "|".join(value) if isinstance(value, tuple) else str(value)
