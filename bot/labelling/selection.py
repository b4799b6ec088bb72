"""Which messages of the ledger are worth a look: those that the bot was unsure of, asked back about or gave to a person,
those whose answer an officer judged wrong, and those after which the citizen was not content.

Each source is read once, in the order of its rows, a slice at a time; whatever is seen twice changes nothing.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, or_, select, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Session, load_only

from bot.labelling.example_text import example_text, says_something, words_key
from bot.storage.database import SessionFactory, writing
from bot.storage.labelling_models import LabelItem, LabellingCursor, LabelReason
from bot.storage.models import Conversation, Handoff, Inbound, Outbound
from bot.storage.officer_models import Rating
from bot.storage.review_models import AnswerJudgement

SURE = 0.7
"""Below this confidence the assistant itself is not sure (``bot.dialogue.sureness.SURE``)."""
FALLBACK = "nlu_fallback"
REASONS = ("judged_wrong", "rated_poor", "handed_over", "fallback", "asked_back", "low_confidence", "imported")
"""Why a message is looked at, the strongest first."""

SETTLES = timedelta(minutes=15)
"""What came in later is left for now: its turn may be under way, and a number that comes in pieces is masked afterwards."""
LOOKED_BACK = timedelta(weeks=8)
"""Older messages are not looked for when the labelling begins."""
_STUCK = timedelta(days=1)
_AGAIN = 200
"""Rows of judgements before the last one that are read again: numbers are given before the commit."""

_READ = load_only(
    Inbound.conversation_id,
    Inbound.channel,
    Inbound.seq,
    Inbound.text,
    Inbound.act,
    Inbound.received_at,
    Inbound.outcome,
    Inbound.nlu,
)
"""All that is read of a message: its encrypted body stays where it is."""
_FORM_QUESTION = re.compile(r"\(\d+/\d+\) ")
_MISSES = frozenset({"check_status", "talk_to_officer"})
_LOST = frozenset({"two_misses", "low_confidence_risky"})


@dataclass
class _Found:
    """A message with why it is looked at, and the code of the procedure that the answer was about."""

    row: Inbound
    reasons: set[str] = field(default_factory=set)
    procedure_code: str | None = None


def selection_round(sessions: SessionFactory, now: datetime, most: int = 1_000) -> int:
    """Looks through up to ``most`` messages that were not looked at yet, and the newest judgements and ratings; returns how many
    rows were looked at. Any number of processes may do so at once."""
    looked = _look_at_messages(sessions, now, most)
    _look_at_judgements(sessions, now)
    _look_at_ratings(sessions, now)
    return looked


def _look_at_messages(sessions: SessionFactory, now: datetime, most: int) -> int:
    with sessions() as session:
        position = _position(session, "inbound")
        if position is None:
            position = _beginning(session, now)
        rows = session.scalars(select(Inbound).options(_READ).where(Inbound.id > position).order_by(Inbound.id).limit(most)).all()
        ready = _ready(rows, now)
        found = _worth_a_look(session, ready)
    if ready:
        with writing(sessions) as session:
            _write(session, found)
            _move_to(session, "inbound", ready[-1].id)
    return len(ready)


def _beginning(session: Session, now: datetime) -> int:
    first = select(Inbound.id).where(Inbound.received_at >= now - LOOKED_BACK).order_by(Inbound.received_at, Inbound.id).limit(1)
    found = session.scalar(first)
    return found - 1 if found is not None else session.scalar(select(func.max(Inbound.id))) or 0


def _ready(rows: Sequence[Inbound], now: datetime) -> list[Inbound]:
    """The rows up to the first that is too young, or whose turn is not over."""
    ready: list[Inbound] = []
    for row in rows:
        if row.received_at > now - SETTLES or (row.outcome is None and row.received_at > now - _STUCK):
            break
        ready.append(row)
    return ready


def _worth_a_look(session: Session, rows: Iterable[Inbound]) -> list[_Found]:
    """Those of the rows that the bot answered and was unsure of."""
    typed = {row.id: _Found(row, _unsure(row.nlu or {})) for row in rows if row.nlu and _is_typed(row)}
    _add_answers(session, typed)
    _add_handoffs(session, typed)
    return [one for one in typed.values() if one.reasons and not _fills_in_a_form(session, one.row)]


def _is_typed(row: Inbound) -> bool:
    return row.act is None and bool(row.text) and says_something(row.text or "")


def _unsure(nlu: Mapping[str, Any]) -> set[str]:
    understood = [nlu, *(clause for clause in nlu.get("clauses") or () if isinstance(clause, Mapping))]
    if any(one.get("intent") == FALLBACK for one in understood):
        return {"fallback"}
    return {"low_confidence"} if any(_number(one.get("confidence")) < SURE for one in understood) else set()


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) else 0.0


def _add_answers(session: Session, typed: Mapping[int, _Found]) -> None:
    answers = select(Outbound.inbound_id, Outbound.message).where(Outbound.inbound_id.in_(typed), Outbound.seq.is_not(None))
    for inbound_id, message in session.execute(answers.order_by(Outbound.id)):
        one = typed[inbound_id]
        code = message.get("procedure_code")
        one.procedure_code = one.procedure_code or (code[:12] if isinstance(code, str) and code else None)
        if _asks_what_was_meant(message):
            one.reasons.add("asked_back")


def _asks_what_was_meant(message: Mapping[str, Any]) -> bool:
    """Whether the assistant asks which procedure was meant, or says that it did not understand. That it asks for a case, a place
    or a number is its ordinary way."""
    acts = {button.get("intent") for button in message.get("buttons") or ()}
    if message.get("kind") != "question" or message.get("expects"):
        return False
    return "choose_procedure" in acts or (bool(acts) and acts <= _MISSES)


def _add_handoffs(session: Session, typed: Mapping[int, _Found]) -> None:
    lost = select(Handoff.inbound_id).where(Handoff.inbound_id.in_(typed), Handoff.reason.in_(_LOST))
    for inbound_id in session.scalars(lost):
        typed[inbound_id or 0].reasons.add("handed_over")


def _fills_in_a_form(session: Session, row: Inbound) -> bool:
    """Whether the message answers a form's question, or was asked for a number: people's names and addresses teach nothing."""
    before = select(Outbound.message).where(Outbound.conversation_id == row.conversation_id, Outbound.seq < row.seq)
    last = session.scalar(before.order_by(Outbound.seq.desc()).limit(1))
    return last is not None and _is_of_a_form(last)


def _is_of_a_form(message: Mapping[str, Any]) -> bool:
    acts = {button.get("intent") for button in message.get("buttons") or ()}
    return bool(message.get("expects")) or "eform" in acts or bool(_FORM_QUESTION.search(str(message.get("text", ""))))


def _look_at_judgements(sessions: SessionFactory, now: datetime) -> None:
    with sessions() as session:
        position = _position(session, "judgement") or 0
        rows = session.execute(
            select(AnswerJudgement.id, Outbound.inbound_id)
            .join(Outbound, Outbound.id == AnswerJudgement.outbound_id)
            .where(
                AnswerJudgement.id > position - _AGAIN,
                AnswerJudgement.verdict == "wrong",
                AnswerJudgement.replaced_at.is_(None),
                Outbound.inbound_id.is_not(None),
            )
            .order_by(AnswerJudgement.id)
            .limit(1_000)
        ).all()
        found = _of_messages(session, [row.inbound_id for row in rows], "judged_wrong", now)
    if (rows and rows[-1].id > position) or found:
        with writing(sessions) as session:
            _write(session, found)
            _move_to(session, "judgement", rows[-1].id)


def _look_at_ratings(sessions: SessionFactory, now: datetime) -> None:
    """A rating comes long after its handoff: those of the last two days are looked at each time."""
    with sessions() as session:
        poor = (
            select(Handoff.inbound_id)
            .join(Rating, Rating.handoff_id == Handoff.id)
            .where(Rating.rated_at >= now - timedelta(days=2), Rating.score == "poor", Handoff.inbound_id.is_not(None))
        )
        found = _of_messages(session, session.scalars(poor).all(), "rated_poor", now)
    if found:
        with writing(sessions) as session:
            _write(session, found)


def _of_messages(session: Session, inbound_ids: Sequence[int | None], reason: str, now: datetime) -> list[_Found]:
    """The messages with this reason, without those that have it already."""
    known = (
        select(LabelItem.inbound_id)
        .join(LabelReason, LabelReason.item_id == LabelItem.id)
        .where(LabelReason.reason == reason, LabelItem.inbound_id.in_(inbound_ids))
    )
    new = set(inbound_ids) - set(session.scalars(known))
    settled = select(Inbound).options(_READ).where(Inbound.id.in_(new), Inbound.received_at <= now - SETTLES)
    rows = session.scalars(settled.order_by(Inbound.id))
    typed = {row.id: _Found(row, {reason}) for row in rows if _is_typed(row)}
    _add_answers(session, typed)
    for one in typed.values():
        one.reasons &= {reason, "asked_back"}
    return list(typed.values())


def _write(session: Session, found: Sequence[_Found]) -> None:
    """Takes the messages in. A conversation that was forgotten meanwhile is left alone: its row is held first."""
    if not found:
        return
    conversations = sorted({one.row.conversation_id for one in found})
    held = select(Conversation.id).where(
        Conversation.id.in_(conversations),
        or_(Conversation.unavailable_reason.is_(None), Conversation.unavailable_reason != "forgotten"),
    )
    there = set(session.scalars(held.order_by(Conversation.id).with_for_update()))
    still = dict(
        session.execute(
            select(Inbound.id, Inbound.text).where(Inbound.id.in_([one.row.id for one in found]), Inbound.text.is_not(None))
        ).all()
    )
    kept = {one.row.id: one for one in found if one.row.conversation_id in there and one.row.id in still}
    if not kept:
        return
    insert = sqlite_insert if session.get_bind().dialect.name == "sqlite" else postgresql_insert
    rows = [_row(one, still[one.row.id] or "") for one in kept.values()]
    session.execute(insert(LabelItem).values(rows).on_conflict_do_nothing())
    numbers = session.execute(select(LabelItem.id, LabelItem.inbound_id).where(LabelItem.inbound_id.in_(kept)))
    reasons = [{"item_id": row.id, "reason": reason} for row in numbers for reason in sorted(kept[row.inbound_id or 0].reasons)]
    if reasons:
        session.execute(insert(LabelReason).values(reasons).on_conflict_do_nothing())


def _row(one: _Found, masked_text: str) -> dict[str, Any]:
    nlu, text = one.row.nlu or {}, example_text(masked_text)
    intent = nlu.get("intent")
    return {
        "conversation_id": one.row.conversation_id,
        "inbound_id": one.row.id,
        "channel": one.row.channel,
        "at": one.row.received_at,
        "text": text,
        "words_key": words_key(text),
        "intent": intent[:80] if isinstance(intent, str) else None,
        "confidence": _number(nlu.get("confidence")),
        "ranking": _ranking(nlu.get("ranking")),
        "procedure_code": one.procedure_code,
        "state": "open",
        "apart": False,
    }


def _ranking(raw: object) -> list[list[Any]]:
    pairs = raw if isinstance(raw, list) else []
    return [[str(pair[0])[:80], _number(pair[1])] for pair in pairs if isinstance(pair, list) and len(pair) == 2][:10]


def _position(session: Session, name: str) -> int | None:
    return session.scalar(select(LabellingCursor.position).where(LabellingCursor.name == name))


def _move_to(session: Session, name: str, position: int) -> None:
    insert = sqlite_insert if session.get_bind().dialect.name == "sqlite" else postgresql_insert
    session.execute(insert(LabellingCursor).values(name=name, position=position).on_conflict_do_nothing())
    further = update(LabellingCursor).where(LabellingCursor.name == name, LabellingCursor.position < position)
    session.execute(further.values(position=position))
