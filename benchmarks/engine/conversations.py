"""What the citizens of the benchmark say: the same words, in the same order, to every side. Pure."""

import csv
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

Kind = Literal["talk", "question", "button", "session"]
KINDS: Mapping[Kind, str] = {
    "talk": "whole conversations: two new questions (search), follow-ups, buttons, small talk",
    "question": "a new question each time: understanding and search",
    "button": "buttons of a procedure that was chosen: no understanding, no search",
    "session": "follow-ups within one conversation that never ends",
}

PROCEDURE = "1.001193"
"""Of the reviewed procedures; what the buttons are about."""


@dataclass(frozen=True)
class Said:
    """One message: a text, or a button's act."""

    text: str | None = None
    intent: str | None = None
    entities: Mapping[str, str] = field(default_factory=dict)

    def as_text(self) -> str:
        """As stock Rasa takes it: a button is typed as ``/intent{…}``."""
        if self.intent is None:
            return self.text or ""
        return f"/{self.intent}" + (json.dumps(dict(self.entities), ensure_ascii=False) if self.entities else "")

    def as_act(self) -> dict[str, Any] | None:
        """As our private channel takes a button; None for a text."""
        return None if self.intent is None else {"intent": self.intent, "entities": dict(self.entities)}


def _facet(name: str) -> Said:
    return Said(intent="show_facet", entities={"facet": name, "procedure_code": PROCEDURE})


_CHOSEN = Said(intent="choose_procedure", entities={"procedure_code": PROCEDURE})
_BUTTONS = (_facet("fee"), _facet("documents"), _facet("steps"), _facet("processing_time"))
_FOLLOW_UPS = ("lệ phí bao nhiêu", "bao lâu thì xong", "cần những giấy tờ gì", "nộp ở đâu vậy", "cảm ơn")


def questions(path: Path) -> list[str]:
    """The messages of a labelled file (tab separated, first column), each once, in the file's order."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        next(rows)
        return list(dict.fromkeys(row[0] for row in rows if row and row[0].strip()))


def conversation(kind: Kind, number: int, asked: Sequence[str]) -> list[Said]:
    """The ``number``-th conversation of its kind. New questions are taken in turn, so that no two conversations near each other
    ask the same: a search that remembers questions gains nothing that it would not gain from citizens."""
    if kind == "session":
        raise ValueError("a session has no end: see endless_session")
    if kind == "button":
        return [_CHOSEN, *_BUTTONS, *_BUTTONS]
    if kind == "question":
        return [Said(asked[(number * 8 + step) % len(asked)]) for step in range(8)]
    first, second = asked[(2 * number) % len(asked)], asked[(2 * number + 1) % len(asked)]
    return [
        Said("xin chào"),
        Said(first),
        Said("lệ phí bao nhiêu"),
        _CHOSEN,
        _facet("documents"),
        Said("bao lâu thì xong"),
        Said(second),
        _facet("steps"),
        Said("nộp ở đâu vậy"),
        Said("cảm ơn"),
    ]


def endless_session() -> Iterator[Said]:
    """A procedure is chosen once, then its facets are asked for by text and by button, in turn, without end."""
    yield _CHOSEN
    while True:
        for text, button in zip(_FOLLOW_UPS, (*_BUTTONS, _facet("fee")), strict=True):
            yield Said(text)
            yield button
