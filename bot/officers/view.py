"""One conversation as an officer sees it: transcript with confidence, sources and delivery, dossiers, drafts, notes, history."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.conversations.private_values import SHOWN_TO_OFFICERS, masked_forms, show_masked
from bot.conversations.reach import reach_of
from bot.conversations.transcript import Speaks, TranscriptLine, read_transcript
from bot.conversations.windows import Reach
from bot.eforms.store import OPEN_STAGES
from bot.language.masking import PLACEHOLDER
from bot.storage.channel_models import Delivery
from bot.storage.database import SessionFactory, writing
from bot.storage.dossier_models import DossierWatch
from bot.storage.eform_models import EFormDraft
from bot.storage.models import Conversation, Handoff, Inbound, Outbound, PrivateValue
from bot.storage.officer_models import HandoffEvent, OfficerNote, Rating, SeenUpTo
from bot.texts import say

_MARK = "⟦"


@dataclass(frozen=True)
class Piece:
    """A stretch of a line as people see it; with a ``token`` it is a private number in its masked form."""

    text: str
    token: str | None = None


@dataclass(frozen=True)
class ViewLine:
    """One line, as a whole and in pieces. On answers: ``confidence`` (how sure the bot was of the question) and ``sources``; on
    ours: how far it came."""

    seq: int
    speaks: Speaks
    name: str | None
    text: str
    at: datetime
    confidence: float | None = None
    intent: str | None = None
    procedure_code: str | None = None
    sources: tuple[str, ...] = ()
    buttons: tuple[str, ...] = ()
    outbound_id: int | None = None
    state: str | None = None
    detail: str | None = None
    delivered_at: datetime | None = None
    read_at: datetime | None = None
    pieces: tuple[Piece, ...] = ()


@dataclass(frozen=True)
class ViewNote:
    """A note between officers."""

    account: str
    name: str
    text: str
    at: datetime


@dataclass(frozen=True)
class ViewHandoff:
    """A handoff of this conversation, with what happened to it in order."""

    id: int
    number: str | None
    reason: str
    state: str
    ticket: bool
    team: str | None
    routed_by: str | None
    summary: Mapping[str, Any]
    opened_at: datetime
    answer_due_at: datetime | None
    outcome: str | None
    rating: str | None
    rating_reason: str | None
    events: tuple[tuple[str, datetime, str | None], ...]


@dataclass(frozen=True)
class ConversationView:
    """All of it. ``contacts``: the citizen's numbers as kind, masked form and token; ``drafts``: titles and stages only."""

    conversation_id: str
    channel: str
    speaker: str
    owner_account: str | None
    owner_name: str | None
    owner_until: datetime | None
    contacts: tuple[tuple[str, str, str], ...]
    has_verified_phone: bool
    reach: Reach
    last_seq: int
    lines: tuple[ViewLine, ...]
    handoffs: tuple[ViewHandoff, ...]
    watches: tuple[tuple[str, str, str | None], ...]
    drafts: tuple[tuple[str, str], ...]
    notes: tuple[ViewNote, ...]

    @property
    def open_handoff(self) -> ViewHandoff | None:
        """The one that waits or is in an officer's hands."""
        return next((one for one in self.handoffs if one.state in ("waiting", "taken")), None)


def conversation_view(
    session: Session,
    conversation_id: str,
    now: datetime,
    *,
    after: int = 0,
    limit: int = 200,
    procedure_name: Callable[[str], str] = str,
) -> ConversationView | None:
    """The conversation, with the lines after number ``after``; None where there is none. Always the same number of queries."""
    conversation = session.get(Conversation, conversation_id)
    if conversation is None:
        return None
    reach = reach_of(session, conversation)
    drafts = session.execute(
        select(EFormDraft.procedure_code, EFormDraft.stage)
        .where(EFormDraft.conversation_id == conversation_id, EFormDraft.stage.in_(OPEN_STAGES), EFormDraft.expires_at > now)
        .order_by(EFormDraft.touched_at.desc())
    )
    watches = session.execute(
        select(DossierWatch.shown, DossierWatch.state, DossierWatch.status_code)
        .where(DossierWatch.conversation_id == conversation_id)
        .order_by(DossierWatch.consent_at)
    )
    contacts = session.execute(
        select(PrivateValue.kind, PrivateValue.masked, PrivateValue.token)
        .where(PrivateValue.conversation_id == conversation_id, PrivateValue.kind.in_(SHOWN_TO_OFFICERS))
        .order_by(PrivateValue.expires_at, PrivateValue.token)
    )
    # The newest of equal ones is kept the longest.
    newest = {(row.kind, row.masked): row.token for row in contacts}
    return ConversationView(
        conversation_id=conversation.id,
        channel=conversation.channel,
        speaker=conversation.speaker,
        owner_account=conversation.owner_account,
        owner_name=conversation.owner_name,
        owner_until=conversation.owner_until,
        contacts=tuple(sorted((*shown, token) for shown, token in newest.items())),
        has_verified_phone=conversation.verified_phone is not None,
        reach=reach,
        last_seq=conversation.last_seq,
        lines=_lines(session, conversation_id, after, limit),
        handoffs=_handoffs(session, conversation_id),
        watches=tuple((row.shown, row.state, row.status_code) for row in watches),
        drafts=tuple((procedure_name(row.procedure_code), row.stage) for row in drafts),
        notes=_notes(session, conversation_id),
    )


def mark_seen(sessions: SessionFactory, conversation_id: str, account: str, seq: int) -> None:
    """The account has read up to this line; never moved back."""
    with writing(sessions) as session:
        row = session.get(SeenUpTo, (conversation_id, account), with_for_update=True)
        if row is None:
            session.add(SeenUpTo(conversation_id=conversation_id, account=account, seq=seq))
        elif row.seq < seq:
            row.seq = seq


def _lines(session: Session, conversation_id: str, after: int, limit: int) -> tuple[ViewLine, ...]:
    spoken = read_transcript(session, conversation_id, after, limit)
    rows = session.execute(
        select(
            Outbound.seq,
            Outbound.id,
            Outbound.state,
            Outbound.detail,
            Outbound.author_name,
            func.max(Delivery.delivered_at).label("delivered_at"),
            func.max(Delivery.read_at).label("read_at"),
        )
        .outerjoin(Delivery, Delivery.outbound_id == Outbound.id)
        .where(Outbound.conversation_id == conversation_id, Outbound.seq.in_([line.seq for line in spoken]))
        .group_by(Outbound.seq, Outbound.id, Outbound.state, Outbound.detail, Outbound.author_name)
    )
    sent = {row.seq: row for row in rows}
    pieces = _pieces(session, conversation_id, spoken)
    shown = []
    for line in spoken:
        row, message, nlu = sent.get(line.seq), line.message, line.nlu or {}
        shown.append(
            ViewLine(
                seq=line.seq,
                speaks=line.speaks,
                name=row.author_name if row else None,
                text=line.text,
                at=line.at,
                confidence=nlu.get("confidence"),
                intent=nlu.get("intent"),
                procedure_code=message.procedure_code if message else None,
                sources=tuple(f"{one.title} ({one.as_of})" for one in message.sources) if message else (),
                buttons=tuple(button.title for button in message.all_buttons) if message else (),
                outbound_id=row.id if row else None,
                state=row.state if row else None,
                detail=row.detail if row else None,
                delivered_at=row.delivered_at if row else None,
                read_at=row.read_at if row else None,
                pieces=pieces.get(line.seq, (Piece(line.text),)),
            )
        )
    return tuple(shown)


def _pieces(session: Session, conversation_id: str, spoken: Sequence[TranscriptLine]) -> dict[int, tuple[Piece, ...]]:
    """Those of the lines that hold private numbers, in pieces."""
    seqs = [line.seq for line in spoken]
    texts: dict[int, str] = {}
    said = select(Inbound.seq, Inbound.text).where(Inbound.conversation_id == conversation_id, Inbound.seq.in_(seqs))
    for row in session.execute(said.where(Inbound.text.contains(_MARK))):
        texts[row.seq] = row.text
    ours = select(Outbound.seq, Outbound.message).where(Outbound.conversation_id == conversation_id, Outbound.seq.in_(seqs))
    for row in session.execute(ours.where(Outbound.author == "officer")):
        texts[row.seq] = str(row.message.get("text", ""))
    forms = masked_forms(session, conversation_id, list(texts.values()))
    return {seq: _in_pieces(text, forms) for seq, text in texts.items() if _MARK in text}


def _in_pieces(text: str, forms: Mapping[str, str]) -> tuple[Piece, ...]:
    pieces, last = [], 0
    for match in PLACEHOLDER.finditer(text):
        pieces += [Piece(text[last : match.start()])] if match.start() > last else []
        token = match.group(2)
        pieces.append(Piece(forms[token], token) if token in forms else Piece(say("private_hidden")))
        last = match.end()
    return (*pieces, Piece(text[last:])) if last < len(text) else tuple(pieces)


def _handoffs(session: Session, conversation_id: str) -> tuple[ViewHandoff, ...]:
    handoffs = session.execute(
        select(Handoff, Rating.score, Rating.reason)
        .outerjoin(Rating, Rating.handoff_id == Handoff.id)
        .where(Handoff.conversation_id == conversation_id)
        .order_by(Handoff.id.desc())
        .limit(20)
    ).all()
    events: dict[int, list[tuple[str, datetime, str | None]]] = {}
    for event in session.scalars(
        select(HandoffEvent).where(HandoffEvent.handoff_id.in_([row.Handoff.id for row in handoffs])).order_by(HandoffEvent.id)
    ):
        events.setdefault(event.handoff_id, []).append((event.kind, event.at, event.account))
    forms = masked_forms(session, conversation_id, [str(row.Handoff.summary) for row in handoffs])
    return tuple(
        ViewHandoff(
            id=one.id,
            number=one.number,
            reason=one.reason,
            state=one.state,
            ticket=one.ticket,
            team=one.team,
            routed_by=one.routed_by,
            summary={key: _masked(value, forms) for key, value in one.summary.items()},
            opened_at=one.opened_at,
            answer_due_at=one.answer_due_at,
            outcome=one.outcome,
            rating=score,
            rating_reason=reason,
            events=tuple(events.get(one.id, ())),
        )
        for one, score, reason in handoffs
    )


def _masked(value: Any, forms: dict[str, str]) -> Any:
    if isinstance(value, str):
        return show_masked(value, forms, say("private_hidden"))
    return [_masked(item, forms) for item in value] if isinstance(value, Sequence) else value


def _notes(session: Session, conversation_id: str) -> tuple[ViewNote, ...]:
    rows = session.scalars(select(OfficerNote).where(OfficerNote.conversation_id == conversation_id).order_by(OfficerNote.id))
    return tuple(ViewNote(row.account, row.name, row.text, row.at) for row in rows)
