"""One message as a trainer sees it: what was said around it, what officers judged, its group. Masked, and nobody's."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.labelling.example_text import example_text
from bot.labelling.labels import labels_of
from bot.labelling.queue import reasons_of
from bot.labelling.suggestions import Neighbour, neighbours
from bot.storage.labelling_models import Label, LabelItem
from bot.storage.models import Inbound, Outbound
from bot.storage.review_models import AnswerJudgement

MOST_OF_GROUP = 12


@dataclass(frozen=True)
class Judged:
    """An officer's judgement of the answer to the message."""

    fault: str | None
    note: str
    right_answer: str


@dataclass(frozen=True)
class MessageView:
    """``before``: what the assistant had said last; ``answer``: what it answered; ``mates``: messages of the group that
    wait and say it in other words; ``labels``: what trainers said, empty where this trainer is to say it unseen."""

    item: LabelItem
    reasons: tuple[str, ...]
    before: str
    answer: str
    judged: tuple[Judged, ...]
    mates: tuple[tuple[int, str], ...]
    mates_in_all: int
    neighbours: tuple[Neighbour, ...]
    labels: tuple[Label, ...]
    held_by: str | None


def message_view(session: Session, item_id: int, account: str, now: datetime) -> MessageView | None:
    """The message for this trainer, or None where there is none of this number."""
    item = session.get(LabelItem, item_id)
    if item is None:
        return None
    given = labels_of(session, item.id)
    blind = item.state in ("second", "held") and not any(one.account == account for one in given)
    mates, mates_in_all = _mates(session, item)
    held = item.held_by if item.held_until is not None and item.held_until > now and item.held_by != account else None
    return MessageView(
        item,
        reasons_of(session, item.id),
        _said_before(session, item),
        _answer(session, item),
        _judged(session, item),
        mates[:MOST_OF_GROUP],
        mates_in_all,
        tuple(neighbours(session, item)),
        () if blind else tuple(given),
        held,
    )


def _mates(session: Session, item: LabelItem) -> tuple[tuple[tuple[int, str], ...], int]:
    """The messages of the group that say it in other words, each wording once, and how many wait in all."""
    if item.cluster_id is None:
        return (), 0
    waiting = select(LabelItem.id, LabelItem.text, LabelItem.words_key).where(
        LabelItem.cluster_id == item.cluster_id, LabelItem.id != item.id, LabelItem.state.in_(("open", "asked"))
    )
    rows = session.execute(waiting.order_by(LabelItem.id)).all()
    firsts = {row.words_key: (row.id, row.text) for row in reversed(rows) if row.words_key != item.words_key}
    return tuple(sorted(firsts.values())), len(rows)


def _said_before(session: Session, item: LabelItem) -> str:
    if item.inbound_id is None:
        return ""
    seq = select(Inbound.seq).where(Inbound.id == item.inbound_id).scalar_subquery()
    before = select(Outbound.message).where(
        Outbound.conversation_id == item.conversation_id, Outbound.author == "bot", Outbound.seq < seq
    )
    return _text_of(session.scalar(before.order_by(Outbound.seq.desc()).limit(1)))


def _answer(session: Session, item: LabelItem) -> str:
    if item.inbound_id is None:
        return ""
    answers = select(Outbound.message).where(
        Outbound.inbound_id == item.inbound_id, Outbound.author == "bot", Outbound.seq.is_not(None)
    )
    return _text_of(session.scalars(answers.order_by(Outbound.seq).limit(1)).first())


def _text_of(message: dict[str, object] | None) -> str:
    return example_text(str(message.get("text", ""))) if message is not None else ""


def _judged(session: Session, item: LabelItem) -> tuple[Judged, ...]:
    if item.inbound_id is None:
        return ()
    rows = (
        select(AnswerJudgement)
        .join(Outbound, Outbound.id == AnswerJudgement.outbound_id)
        .where(Outbound.inbound_id == item.inbound_id, AnswerJudgement.verdict == "wrong", AnswerJudgement.replaced_at.is_(None))
        .order_by(AnswerJudgement.id)
    )
    return tuple(Judged(row.fault, example_text(row.note), example_text(row.right_answer)) for row in session.scalars(rows).all())
