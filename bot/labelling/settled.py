"""Labels on which trainers have settled, on their way into the training data.

A proposal of a change of the training data takes them in (``mark_taken_in``), and gives them back where it comes to nothing
(``give_back``).
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, select, update
from sqlalchemy.orm import Session

from bot.labelling.example_text import holds_no_number
from bot.storage.labelling_models import Label, LabelItem


@dataclass(frozen=True)
class LabelledEntity:
    """``text[start:end]`` names something; ``kind`` as ``bot.language.entities`` calls it."""

    kind: str
    start: int
    end: int


@dataclass(frozen=True)
class SettledExample:
    """``text``: one line; private numbers only as placeholders as in ``data/nlu/`` (``⟦dossier_code:x1⟧``). Brackets and other
    marks stand in it as the citizen typed them: whoever writes it into a file escapes it. ``labelled_by``: the trainer's name."""

    label_id: int
    text: str
    intent: str
    entities: tuple[LabelledEntity, ...]
    procedure_code: str | None
    labelled_by: str


def settled_examples(session: Session, most: int = 5_000) -> list[SettledExample]:
    """The labels that count and are not taken in yet, the oldest first, at most ``most``. Messages that differ in case, marks and
    punctuation alone are one example. A text that still holds a private number is never among them."""
    found: list[SettledExample] = []
    seen: set[tuple[str, str, int | None, int | None]] = set()
    for label, item in session.execute(_settled().order_by(Label.id)).yield_per(500):
        mark = (item.words_key, label.intent, label.part_start, label.part_end)
        if mark in seen:
            continue
        seen.add(mark)
        if (example := _example(label, item)) is not None:
            found.append(example)
            if len(found) == most:
                break
    return found


def mark_taken_in(session: Session, label_ids: Collection[int], proposal_id: int, now: datetime) -> int:
    """The proposal holds these labels, and those of messages with the same words and the same meaning. Returns how many of
    ``label_ids`` were free; a caller that asked for more has been beaten to some of them and should roll back."""
    wanted = sorted(set(label_ids))
    taken = {"taken_in_at": now, "proposal_id": proposal_id}
    free = 0
    for start in range(0, len(wanted), 500):
        part = wanted[start : start + 500]
        mine = update(Label).where(Label.id.in_(part), *_SETTLED).values(**taken).returning(Label.id, Label.intent)
        rows = session.execute(mine).all()
        free += len(rows)
        _take_in_doubles(session, [row.id for row in rows], taken)
    return free


def _take_in_doubles(session: Session, label_ids: Sequence[int], taken: dict[str, Any]) -> None:
    rows = session.execute(
        select(Label.intent, LabelItem.words_key).join(LabelItem, LabelItem.id == Label.item_id).where(Label.id.in_(label_ids))
    ).all()
    for intent in {row.intent for row in rows}:
        keys = {row.words_key for row in rows if row.intent == intent}
        same = select(LabelItem.id).where(LabelItem.words_key.in_(keys))
        doubles = update(Label).where(Label.intent == intent, Label.item_id.in_(same), Label.part_start.is_(None), *_SETTLED)
        session.execute(doubles.values(**taken).execution_options(synchronize_session=False))


def give_back(session: Session, proposal_id: int) -> int:
    """The proposal came to nothing: its labels are settled examples again. Returns how many."""
    mine = update(Label).where(Label.proposal_id == proposal_id)
    return len(session.execute(mine.values(taken_in_at=None, proposal_id=None).returning(Label.id)).all())


_SETTLED = (Label.counts.is_(True), Label.taken_in_at.is_(None), Label.undone_at.is_(None))


def _settled() -> Select[Label, LabelItem]:
    return select(Label, LabelItem).join(LabelItem, LabelItem.id == Label.item_id).where(*_SETTLED)


def _example(label: Label, item: LabelItem) -> SettledExample | None:
    start, end = label.part_start or 0, label.part_end if label.part_end is not None else len(item.text)
    text = item.text[start:end]
    if not text.strip() or not holds_no_number(text):
        return None
    kept = [one for one in label.entities if start <= one["start"] < one["end"] <= end]
    entities = tuple(LabelledEntity(one["kind"], one["start"] - start, one["end"] - start) for one in kept)
    return SettledExample(label.id, text, label.intent, entities, label.procedure_code, label.name)
