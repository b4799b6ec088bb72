"""Which questions were solved: pure, over what the ledger says of them.

A question is a message with an intent that asks for something of ours. It is solved where it was answered by the assistant, the
conversation was not handed over within a day, no officer's help was rated poor there within a day, and the same was not asked
again (same intent, same procedure) within a day.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

WITHIN = timedelta(hours=24)
_ALSO = frozenset({"find_procedure", "check_status"})


@dataclass(frozen=True)
class AskedMessage:
    """One message of a citizen. ``procedure_code``: of the answer."""

    conversation_id: str
    at: datetime
    intent: str | None
    outcome: str | None
    procedure_code: str | None = None


def is_question(intent: str | None) -> bool:
    """Whether a message of this intent counts as a question."""
    return intent is not None and (intent.startswith("ask_") or intent in _ALSO)


@dataclass(frozen=True)
class Solved:
    """Questions of a span, and those of them that were solved."""

    questions: int
    solved: int


def count_solved(
    messages: Iterable[AskedMessage],
    troubled: Mapping[str, Sequence[datetime]],
    since: datetime,
    until: datetime,
) -> Solved:
    """``messages``: of ``since`` to a day after ``until``, in any order; those in the span are counted. ``troubled``: by
    conversation, when it was handed over or rated poor."""
    asked: dict[tuple[str, str, str | None], list[AskedMessage]] = {}
    for one in messages:
        if is_question(one.intent):
            asked.setdefault((one.conversation_id, str(one.intent), one.procedure_code), []).append(one)
    questions = solved = 0
    for group in asked.values():
        group.sort(key=lambda one: one.at)
        for number, one in enumerate(group):
            if not since <= one.at < until:
                continue
            questions += 1
            again = number + 1 < len(group) and group[number + 1].at - one.at <= WITHIN
            trouble = any(one.at <= at <= one.at + WITHIN for at in troubled.get(one.conversation_id, ()))
            solved += one.outcome == "answered" and not again and not trouble
    return Solved(questions, solved)
