"""What trainers do with a message: label it, alone or with its group, leave it for later, ask a colleague, take an act back.

A share of the messages is labelled by a second trainer who does not see the first label; where the two differ, a third look has
the last word. A group whose message waits for that waits with it. One trainer at a time: who comes second is told.
"""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from bot.conversations.ownership import Officer
from bot.labelling.groups import set_apart
from bot.officers.notes import without_numbers
from bot.storage.labelling_models import Label, LabelItem, LabelSkip

LEFT_OUT = "-"
"""In place of an intent: nothing is to be learnt from the message."""
LONGEST_NOTE = 500
_WORKED_ON = ("open", "asked")


class LabelRefusedError(ValueError):
    """The act is not taken. ``reason``: ``gone``, ``changed`` (a colleague was faster), ``own`` (a second look needs a second
    person), ``nothing`` (there is nothing to take back), ``built_on`` (a colleague or a proposal already builds on it).
    ``by`` and ``intent``: what the colleague said, where it may be told."""

    def __init__(self, reason: str, by: str = "", intent: str = "") -> None:
        super().__init__(reason)
        self.reason, self.by, self.intent = reason, by, intent


@dataclass(frozen=True)
class Meaning:
    """What a message means. ``entities``: objects with ``kind``, ``start``, ``end`` in the message's text. ``part``: start and
    end of the part that is meant, None for all of it."""

    intent: str
    procedure_code: str | None = None
    entities: tuple[dict[str, Any], ...] = ()
    part: tuple[int, int] | None = None
    note: str = ""


@dataclass(frozen=True)
class Labelled:
    """``messages``: how many the label settles; ``state``: what became of the message."""

    messages: int
    state: str


def label_message(
    session: Session,
    item_id: int,
    trainer: Officer,
    meaning: Meaning,
    now: datetime,
    *,
    seen: str,
    with_group: bool = True,
    second_share: int = 0,
) -> Labelled:
    """Labels a message that the trainer saw in the state ``seen``, with the open messages of its group where ``with_group`` says
    so. ``second_share``: of how many messages in a hundred a second trainer is asked. The caller's transaction is made by
    ``writing``. Raises ``LabelRefusedError``."""
    item = _held(session, item_id)
    _refuse_changed(session, item, trainer, seen)
    if item.state in _WORKED_ON:
        return _first(session, item, trainer, meaning, now, with_group=with_group, second_share=second_share)
    if item.state == "second":
        return _second(session, item, trainer, meaning, now)
    return _third(session, item, trainer, meaning, now)


def _held(session: Session, item_id: int) -> LabelItem:
    item = session.get(LabelItem, item_id, with_for_update=True, populate_existing=True)
    if item is None:
        raise LabelRefusedError("gone")
    return item


def _refuse_changed(session: Session, item: LabelItem, trainer: Officer, seen: str) -> None:
    given = labels_of(session, item.id)
    if item.state == "second" and any(one.account == trainer.account for one in given):
        raise LabelRefusedError("own")
    as_seen = item.state == seen or (item.state in _WORKED_ON and seen in _WORKED_ON)
    if not as_seen or item.state not in (*_WORKED_ON, "second", "disputed"):
        # What a first trainer said stays untold while a second one is to say it unseen.
        last = given[-1] if given else None
        blind = item.state == "second"
        raise LabelRefusedError("changed", last.name if last else "", "" if blind or last is None else last.intent)


def labels_of(session: Session, item_id: int) -> list[Label]:
    """The labels of a message that were not taken back, in the order of their rank."""
    mine = select(Label).where(Label.item_id == item_id, Label.undone_at.is_(None)).order_by(Label.rank)
    return list(session.scalars(mine))


def _first(
    session: Session, item: LabelItem, trainer: Officer, meaning: Meaning, now: datetime, *, with_group: bool, second_share: int
) -> Labelled:
    batch, drawn = secrets.token_hex(12), drawn_for_second(item.id, second_share)
    counts = not drawn and meaning.intent != LEFT_OUT
    group = _open_group(session, item, meaning) if with_group else []
    final = "left_out" if meaning.intent == LEFT_OUT else "done"
    for one in [item, *group]:
        _add(session, one, 1, batch, trainer, meaning, now, counts=counts, of=item)
        _set_state(one, final if not drawn else "second" if one is item else "held")
    session.flush()
    return Labelled(1 + len(group), item.state)


def _open_group(session: Session, item: LabelItem, meaning: Meaning) -> list[LabelItem]:
    if item.cluster_id is None:
        return []
    mates = select(LabelItem).where(
        LabelItem.cluster_id == item.cluster_id, LabelItem.id != item.id, LabelItem.state.in_(_WORKED_ON)
    )
    if meaning.part is not None:
        # A part is a place in this text: only the same words have it.
        mates = mates.where(LabelItem.text == item.text)
    return list(session.scalars(mates.order_by(LabelItem.id).with_for_update()))


def _add(
    session: Session,
    item: LabelItem,
    rank: int,
    batch: str,
    trainer: Officer,
    meaning: Meaning,
    now: datetime,
    *,
    counts: bool,
    of: LabelItem,
) -> None:
    same_text = item.text == of.text
    start, end = meaning.part if meaning.part is not None and same_text else (None, None)
    session.add(
        Label(
            item_id=item.id,
            rank=rank,
            batch=batch,
            account=trainer.account,
            name=trainer.name,
            intent=meaning.intent,
            procedure_code=meaning.procedure_code,
            # Places of entities are those of this one text.
            entities=list(meaning.entities) if same_text else [],
            part_start=start,
            part_end=end,
            note=without_numbers(meaning.note.strip()[:LONGEST_NOTE]) if item is of else "",
            at=now,
            counts=counts,
        )
    )


def _set_state(item: LabelItem, state: str) -> None:
    item.state = state
    item.held_by = item.held_until = None
    if state != "asked":
        item.asked_by = item.asked_name = item.asked_to = item.asked_at = item.asked_note = None


def drawn_for_second(item_id: int, share: int) -> bool:
    """Whether a second trainer is to label the message: as good as by lot, and the same each time."""
    return int(hashlib.sha256(f"second:{item_id}".encode()).hexdigest()[:8], 16) % 100 < share


def _second(session: Session, item: LabelItem, trainer: Officer, meaning: Meaning, now: datetime) -> Labelled:
    (first,) = [one for one in labels_of(session, item.id) if one.rank == 1]
    _add(session, item, 2, secrets.token_hex(12), trainer, meaning, now, counts=False, of=item)
    if (first.intent, first.procedure_code) != (meaning.intent, meaning.procedure_code):
        _set_state(item, "disputed")
        session.flush()
        return Labelled(1, item.state)
    batch = _batch(session, first.batch)
    final = "left_out" if first.intent == LEFT_OUT else "done"
    for label, one in batch:
        label.counts = first.intent != LEFT_OUT
        _set_state(one, final)
    session.flush()
    return Labelled(len(batch), item.state)


def _third(session: Session, item: LabelItem, trainer: Officer, meaning: Meaning, now: datetime) -> Labelled:
    (first,) = [one for one in labels_of(session, item.id) if one.rank == 1]
    own, batch = secrets.token_hex(12), _batch(session, first.batch)
    for label, one in batch:
        label.counts = False
        _add(session, one, 3, own, trainer, meaning, now, counts=meaning.intent != LEFT_OUT, of=item)
        _set_state(one, "left_out" if meaning.intent == LEFT_OUT else "done")
    session.flush()
    return Labelled(len(batch), item.state)


def _batch(session: Session, batch: str) -> list[tuple[Label, LabelItem]]:
    """The labels that one act gave, each with its message, held."""
    rows = select(Label, LabelItem).join(LabelItem, LabelItem.id == Label.item_id)
    mine = rows.where(Label.batch == batch, Label.undone_at.is_(None)).order_by(LabelItem.id).with_for_update()
    return [(label, item) for label, item in session.execute(mine)]


def leave_for_later(session: Session, item_id: int, trainer: Officer, now: datetime) -> None:
    """The trainer is not shown the message, and its group, for a day. Raises ``LabelRefusedError``."""
    item = _held(session, item_id)
    ids = [item.id, *_mates(session, item)]
    session.execute(delete(LabelSkip).where(LabelSkip.account == trainer.account, LabelSkip.item_id.in_(ids)))
    session.add_all(LabelSkip(item_id=one, account=trainer.account, at=now) for one in ids)
    session.execute(update(LabelItem).where(LabelItem.id.in_(ids)).values(held_by=None, held_until=None))
    session.flush()


def _mates(session: Session, item: LabelItem) -> Sequence[int]:
    if item.cluster_id is None:
        return []
    mates = select(LabelItem.id).where(
        LabelItem.cluster_id == item.cluster_id, LabelItem.id != item.id, LabelItem.state.in_(_WORKED_ON)
    )
    return session.scalars(mates.order_by(LabelItem.id)).all()


def ask_colleague(session: Session, item_id: int, trainer: Officer, note: str, now: datetime, to: str | None = None) -> None:
    """The trainer is not sure: ``to`` (an account, None for anyone) is asked. Raises ``LabelRefusedError``."""
    item = _held(session, item_id)
    if item.state not in _WORKED_ON:
        _refuse_changed(session, item, trainer, "open")
    _set_state(item, "asked")
    item.asked_by, item.asked_name, item.asked_to, item.asked_at = trainer.account, trainer.name, to, now
    item.asked_note = without_numbers(note.strip()[:LONGEST_NOTE])
    session.flush()


def take_apart(session: Session, item_id: int) -> None:
    """The message does not belong to its group. Raises ``LabelRefusedError``."""
    item = _held(session, item_id)
    if item.state not in _WORKED_ON:
        raise LabelRefusedError("changed")
    set_apart(session, item)


def take_back_last(session: Session, trainer: Officer, now: datetime, within: timedelta = timedelta(hours=12)) -> int:
    """Takes the trainer's last act back: a label with all that it settled, a message left for later, a question to a colleague.
    Returns the message's number. Raises ``LabelRefusedError``."""
    since = now - within
    mine = select(Label).where(Label.account == trainer.account, Label.undone_at.is_(None), Label.at >= since)
    label = session.scalars(mine.order_by(Label.at.desc(), Label.id).limit(1)).first()
    skips = select(LabelSkip).where(LabelSkip.account == trainer.account, LabelSkip.at >= since)
    skip = session.scalars(skips.order_by(LabelSkip.at.desc(), LabelSkip.item_id).limit(1)).first()
    questions = select(LabelItem).where(LabelItem.asked_by == trainer.account, LabelItem.asked_at >= since)
    asked = session.scalars(questions.where(LabelItem.state == "asked").order_by(LabelItem.asked_at.desc()).limit(1)).first()
    moments: list[tuple[datetime, str] | None] = [(label.at, "label") if label else None, (skip.at, "skip") if skip else None]
    moments.append((asked.asked_at, "asked") if asked and asked.asked_at else None)
    newest = max((one for one in moments if one is not None), default=(since, "nothing"))[1]
    if newest == "label" and label is not None:
        return _take_label_back(session, label, now)
    if newest == "skip" and skip is not None:
        same = delete(LabelSkip).where(LabelSkip.account == trainer.account, LabelSkip.at == skip.at)
        session.execute(same.execution_options(synchronize_session=False))
        return skip.item_id
    if newest == "asked" and asked is not None:
        _set_state(asked, "open")
        session.flush()
        return asked.id
    raise LabelRefusedError("nothing")


def _take_label_back(session: Session, label: Label, now: datetime) -> int:
    batch = _batch(session, label.batch)
    first_of = [(one, item) for one, item in batch if item.id == label.item_id]
    given = labels_of(session, label.item_id)
    if any(one.taken_in_at is not None for one, _ in batch) or given[-1].id != label.id or not first_of:
        raise LabelRefusedError("built_on")
    if label.rank == 2:
        batch += _batch(session, given[0].batch)
        if any(one.taken_in_at is not None for one, _ in batch):
            raise LabelRefusedError("built_on")
    for one, item in batch:
        if one.batch == label.batch:
            one.undone_at, one.counts = now, False
        else:
            one.counts = False
        _set_state(item, _state_before(label, item))
    session.flush()
    return label.item_id


def _state_before(label: Label, item: LabelItem) -> str:
    if label.rank == 1:
        return "open"
    if item.id != label.item_id:
        return "held"
    return "second" if label.rank == 2 else "disputed"
