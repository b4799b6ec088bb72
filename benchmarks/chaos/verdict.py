"""The judge: from the evidence of a run to its figures and the promises that were broken. Pure.

A reply is tied to its question by a chain that no text decides: the platform's id of the message on the screen → the call that
got this id as its answer → the message of ours → the question that it answers. A message on a screen that no call has got an id
for is allowed only where a call has an unknown end (``ambiguous``) and the same words, and each such call excuses one.
"""

import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from benchmarks.chaos.evidence import Citizen, Evidence, Key, Part, Turn

_NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass
class Figures:
    """What was counted. The fields of ``PROMISES`` must be 0."""

    said: int = 0
    stored: int = 0
    lost: int = 0
    doubled_turns: int = 0
    without_outcome: int = 0
    turns_out_of_order: int = 0
    unfinished_parts: int = 0
    seen_twice: int = 0
    seen_unexplained: int = 0
    sent_but_unseen: int = 0
    replies_out_of_order: int = 0
    other_subject: int = 0
    muted: int = 0
    late: int = 0
    tried_again: int = 0
    shown: int = 0
    ambiguous_seen: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    parts: Counter[str] = field(default_factory=Counter)
    dead: Counter[str] = field(default_factory=Counter)
    ambiguous: Counter[str] = field(default_factory=Counter)

    def broken(self) -> dict[str, int]:
        """The promises that were not kept, with how often."""
        return {name: getattr(self, name) for name in PROMISES if getattr(self, name)}


PROMISES = (
    "lost",
    "doubled_turns",
    "without_outcome",
    "turns_out_of_order",
    "unfinished_parts",
    "seen_twice",
    "seen_unexplained",
    "sent_but_unseen",
    "replies_out_of_order",
    "other_subject",
    "muted",
)


def judge(evidence: Evidence, subjects: Mapping[str, str] | None = None) -> Figures:
    """The figures. ``subjects``: the procedure that an answer to each text must speak of, where it speaks of one at all."""
    found = Figures(muted=evidence.muted)
    turns, parts = _by_citizen(evidence.turns), _by_citizen(evidence.parts)
    for citizen in evidence.citizens:
        _judge_turns(found, citizen, turns[citizen.key])
        _judge_screen(found, citizen, parts[citizen.key])
    _count(found, evidence, subjects or {})
    return found


def _by_citizen(rows: Iterable[Any]) -> dict[Key, list[Any]]:
    grouped: dict[Key, list[Any]] = defaultdict(list)
    for row in rows:
        grouped[row.citizen].append(row)
    return grouped


def _count(found: Figures, evidence: Evidence, subjects: Mapping[str, str]) -> None:
    found.stored = len(evidence.turns)
    found.without_outcome = sum(turn.outcome is None for turn in evidence.turns)
    found.late = sum(turn.late for turn in evidence.turns)
    found.tried_again = sum(turn.attempts > 1 for turn in evidence.turns)
    found.outcomes = Counter(_named(turn.outcome, turn.detail) for turn in evidence.turns)
    found.other_subject = sum(bool(turn.codes - {subjects.get(turn.text)}) for turn in evidence.turns if turn.text in subjects)
    found.parts = Counter(part.state for part in evidence.parts)
    found.unfinished_parts = evidence.unsent + found.parts["sending"]
    found.dead = Counter(part.error or "?" for part in evidence.parts if part.state in ("dead", "dropped"))
    found.ambiguous = Counter(part.error or "?" for part in evidence.parts if part.state == "ambiguous")


def _named(outcome: str | None, detail: str | None) -> str:
    return f"{outcome}: {detail}" if detail and outcome != "answered" else str(outcome)


def _judge_turns(found: Figures, citizen: Citizen, turns: list[Turn]) -> None:
    found.said += len(citizen.said)
    stored = Counter(turn.text for turn in turns)
    found.lost += sum(text not in stored for text in citizen.said)
    found.doubled_turns += sum(more - 1 for more in stored.values())
    found.doubled_turns += sum(turn.conclusions > 1 for turn in turns)
    number = {text: place for place, text in enumerate(citizen.said)}
    newest = -1
    for turn in sorted(turns, key=lambda turn: turn.finished_at or _NEVER):
        place = number.get(turn.text, -1)
        found.turns_out_of_order += place < newest and not turn.late
        newest = max(newest, place)


def _judge_screen(found: Figures, citizen: Citizen, parts: list[Part]) -> None:
    """Goes down the screen; every message has to be one call, and the calls have to come in the order of the conversation."""
    by_id = {part.message_id: part for part in parts if part.message_id}
    unknown_end = [part for part in parts if part.state == "ambiguous" and not part.message_id]
    sent_words = {plain(part.text) for part in parts}
    seen: set[tuple[int, int]] = set()
    last = (-1, -1)
    for message in citizen.shown:
        found.shown += 1
        part = by_id.get(message.id) or _excuse(unknown_end, plain(message.text), last)
        if part is None or part.place in seen:
            found.seen_twice += part is not None or plain(message.text) in sent_words
            found.seen_unexplained += part is None and plain(message.text) not in sent_words
            continue
        if part.state == "ambiguous" and not part.message_id:
            unknown_end.remove(part)
            found.ambiguous_seen += 1
        seen.add(part.place)
        found.replies_out_of_order += part.place < last
        last = max(last, part.place)
    found.sent_but_unseen += sum(part.state == "sent" and part.place not in seen for part in parts)


def _excuse(unknown_end: list[Part], words: str, last: tuple[int, int]) -> Part | None:
    """The call with an unknown end that may have shown these words: best one that keeps the order."""
    fitting = sorted((part for part in unknown_end if plain(part.text) == words), key=lambda part: part.place)
    return next((part for part in fitting if part.place > last), fitting[0] if fitting else None)


def plain(text: str) -> str:
    """The words, however a platform lays them out."""
    return " ".join(unicodedata.normalize("NFC", text).split())
