"""The fixed regression set: messages that never change with the training data, each with the intent it must be understood as.

The shipped files stand in ``data/regression/``: ``cases.tsv`` (text ⇥ intent ⇥ way of writing) and ``protected.tsv`` of the same
shape, what no new model may break. Trainers add cases of their own, which the ledger keeps.
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from bot.language.masking import find_private
from bot.storage.training_models import RegressionCase
from bot.training.texts import text_key

LONGEST_TEXT = 500
_HEADER = ("text", "intent")

Refusal = Literal["empty", "too_long", "private_number", "stands_already", "training_example", "unknown_intent"]


class CasesFileError(ValueError):
    """A shipped file cannot be used; the message names file and line."""


class CaseRefusedError(ValueError):
    """A case cannot be added: ``reason`` says why."""

    def __init__(self, reason: Refusal) -> None:
        super().__init__(reason)
        self.reason: Refusal = reason


@dataclass(frozen=True)
class FixedCase:
    """A message and what it must be understood as. ``writing``: marks, no_marks, teencode, typo, dialect, old_place ….
    ``added``: the row of a trainer's own case, None for a shipped one."""

    text: str
    intent: str
    writing: str
    protected: bool
    added: int | None = None


def read_cases(folder: Path) -> list[FixedCase]:
    """The shipped cases, the protected ones last. Raises ``CasesFileError``."""
    return [*_read(folder / "cases.tsv", protected=False), *_read(folder / "protected.tsv", protected=True)]


def _read(path: Path, *, protected: bool) -> list[FixedCase]:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise CasesFileError(f"{path}: không đọc được ({type(error).__name__})") from error
    cases: list[FixedCase] = []
    seen: dict[str, int] = {}
    for number, line in enumerate(lines, start=1):
        cells = [unicodedata.normalize("NFC", cell).strip() for cell in line.split("\t")]
        if not line.strip() or tuple(cells[:2]) == _HEADER:
            continue
        if len(cells) != 3 or not all(cells):
            raise CasesFileError(f"{path}:{number}: cần ba cột: câu ⇥ ý định ⇥ cách viết")
        key = text_key(cells[0])
        if key in seen:
            raise CasesFileError(f"{path}:{number}: trùng với dòng {seen[key]}")
        seen[key] = number
        cases.append(FixedCase(cells[0], cells[1], cells[2], protected))
    return cases


def added_cases(session: Session) -> Sequence[RegressionCase]:
    """The trainers' own cases in force, the newest first."""
    query = select(RegressionCase).where(RegressionCase.withdrawn_at.is_(None))
    return session.scalars(query.order_by(RegressionCase.id.desc())).all()


def all_cases(session: Session, folder: Path) -> list[FixedCase]:
    """Shipped and added cases together. Raises ``CasesFileError``."""
    own = [FixedCase(row.text, row.intent, "trainer", row.protected, row.id) for row in reversed(added_cases(session))]
    return [*read_cases(folder), *own]


def add_case(
    session: Session,
    text: str,
    intent: str,
    *,
    protected: bool,
    account: str,
    now: datetime,
    shipped: Sequence[FixedCase],
    intents: Sequence[str],
    training_keys: frozenset[str],
) -> RegressionCase:
    """Adds a case. ``training_keys``: the keys of the training examples, which can test nothing. Raises ``CaseRefusedError``."""
    line = " ".join(unicodedata.normalize("NFC", text).split())
    key = text_key(line)
    if reason := _refusal(line, intent, key, shipped, intents, training_keys):
        raise CaseRefusedError(reason)
    case = RegressionCase(text=line, text_key=key, intent=intent, protected=protected, added_by=account, added_at=now)
    try:
        with session.begin_nested():
            session.add(case)
            session.flush()
    except IntegrityError as error:
        raise CaseRefusedError("stands_already") from error
    return case


def _refusal(
    line: str, intent: str, key: str, shipped: Sequence[FixedCase], intents: Sequence[str], training_keys: frozenset[str]
) -> Refusal | None:
    if not line:
        return "empty"
    if len(line) > LONGEST_TEXT:
        return "too_long"
    if find_private(line):
        return "private_number"
    if intent not in intents:
        return "unknown_intent"
    if key in training_keys:
        return "training_example"
    return "stands_already" if any(text_key(case.text) == key for case in shipped) else None


def withdraw_case(session: Session, case_id: int, account: str, now: datetime) -> RegressionCase | None:
    """Takes a trainer's own case out of force; None where there is none in force with this number."""
    case = session.get(RegressionCase, case_id)
    if case is None or case.withdrawn_at is not None:
        return None
    case.withdrawn_at, case.withdrawn_by = now, account
    return case
