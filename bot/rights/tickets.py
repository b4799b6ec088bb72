"""Requests about a citizen's data that people must handle ("phiếu quyền dữ liệu"), with their legal clock."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from bot.catalogue.schema import WorkingCalendar
from bot.clock import VIETNAM_TIME
from bot.conversations.speech import Line, write_lines
from bot.dossiers.working_days import CalendarEndsError, add_working_days
from bot.messages import BotMessage
from bot.officers.notes import without_numbers
from bot.rights.kinds import RequestKind
from bot.storage.models import Conversation
from bot.storage.rights_models import RightsRequest
from bot.texts import say

Ending = Literal["done", "refused"]

ACKNOWLEDGE_WORKING_DAYS = 2
"""NĐ 356/2025 art. 5: a request of the person whose data they are is acknowledged within two working days."""

ANSWER_WORKING_DAYS = 10
"""Our own target for the answer; the agency sets its own where its rules say otherwise."""

_OPEN = ("open", "acknowledged")
MOST_WORDS = 2_000


class UnknownRequestError(LookupError):
    """There is no such request, or it has ended already."""


@dataclass(frozen=True)
class Clock:
    """The days by which a request that came in on ``start`` is acknowledged and answered."""

    acknowledge_by: date
    answer_by: date


@dataclass(frozen=True)
class Listed:
    """A request as the list shows it."""

    number: str
    kind: str
    channel: str
    state: str
    opened_at: datetime
    acknowledge_by: date
    answer_by: date
    overdue: bool
    words: str | None
    reason: str | None


def number_of(request: RightsRequest) -> str:
    """The number that the citizen is told: ``QDL-12``."""
    return f"QDL-{request.id}"


def clock_from(moment: datetime, calendar: WorkingCalendar) -> Clock:
    """The legal clock of a request that came in at ``moment``."""
    day = moment.astimezone(VIETNAM_TIME).date()
    return Clock(_working_day(day, ACKNOWLEDGE_WORKING_DAYS, calendar), _working_day(day, ANSWER_WORKING_DAYS, calendar))


def open_request(
    session: Session, conversation_id: str, kind: RequestKind, words: str | None, calendar: WorkingCalendar, now: datetime
) -> RightsRequest:
    """Opens a request; one of the same kind that is still open takes the new words up instead. ``words``: masked."""
    mine = RightsRequest.conversation_id == conversation_id
    known = session.scalars(select(RightsRequest).where(mine, RightsRequest.kind == kind, RightsRequest.state.in_(_OPEN))).first()
    if known is not None:
        known.words = "\n".join(filter(None, dict.fromkeys((known.words, words))))[:MOST_WORDS] or None
        return known
    clock = clock_from(now, calendar)
    request = RightsRequest(
        conversation_id=conversation_id,
        kind=kind,
        words=(words or "")[:MOST_WORDS] or None,
        state="open",
        opened_at=now,
        acknowledge_by=clock.acknowledge_by,
        answer_by=clock.answer_by,
    )
    session.add(request)
    session.flush()
    return request


def acknowledge(session: Session, request_id: int, now: datetime) -> None:
    """Notes that people have taken the request up, and tells the citizen. Raises ``UnknownRequestError`` unless it is open."""
    request, conversation = _held(session, request_id, ("open",))
    request.state, request.acknowledged_at = "acknowledged", now
    text = say("rights_acknowledged", number=number_of(request), day=f"{request.answer_by:%d/%m/%Y}")
    _tell(session, conversation, text, f"rights-acknowledged:{request.id}", now)


def close(session: Session, request_id: int, ending: Ending, reason: str | None, now: datetime) -> None:
    """Ends a request and tells the citizen; a refusal needs its reason. Private numbers in it are masked.

    Raises ``UnknownRequestError``, and ``ValueError`` for a missing or overlong reason."""
    if ending == "refused" and not (reason or "").strip():
        raise ValueError("a refusal needs a reason")
    if len(reason or "") > MOST_WORDS:
        raise ValueError(f"a reason has at most {MOST_WORDS} characters")
    request, conversation = _held(session, request_id, _OPEN)
    request.acknowledged_at = request.acknowledged_at or now
    request.state, request.ended_at, request.reason = ending, now, without_numbers((reason or "").strip()) or None
    text = say(f"rights_{ending}", number=number_of(request), reason=request.reason or "")
    _tell(session, conversation, text.strip(), f"rights-closed:{request.id}", now)


def listed_requests(session: Session, today: date, *, ended: bool = False) -> list[Listed]:
    """The requests that are not ended (or those that are), what is due first."""
    wanted = RightsRequest.state.not_in(_OPEN) if ended else RightsRequest.state.in_(_OPEN)
    rows = session.execute(
        select(RightsRequest, Conversation.channel)
        .join(Conversation, Conversation.id == RightsRequest.conversation_id)
        .where(wanted)
        .order_by(RightsRequest.acknowledge_by, RightsRequest.id)
    )
    return [_listed(request, channel, today) for request, channel in rows]


def request_id(number: str) -> int:
    """The id in a number such as ``QDL-12``. Raises ``UnknownRequestError`` for what is no number of a request."""
    digits = number.strip().upper().removeprefix("QDL-")
    if not (digits.isascii() and digits.isdigit() and len(digits) < 19):
        raise UnknownRequestError(number)
    return int(digits)


def overdue_requests(session: Session, today: date) -> Sequence[int]:
    """The numbers of requests whose clock has run out."""
    return session.scalars(select(RightsRequest.id).where(_overdue(today)).order_by(RightsRequest.id)).all()


def _overdue(today: date) -> ColumnElement[bool]:
    unacknowledged = and_(RightsRequest.state == "open", RightsRequest.acknowledge_by < today)
    return or_(unacknowledged, and_(RightsRequest.state.in_(_OPEN), RightsRequest.answer_by < today))


def _listed(request: RightsRequest, channel: str, today: date) -> Listed:
    late = (request.state == "open" and request.acknowledge_by < today) or request.answer_by < today
    return Listed(
        number=number_of(request),
        kind=request.kind,
        channel=channel,
        state=request.state,
        opened_at=request.opened_at,
        acknowledge_by=request.acknowledge_by,
        answer_by=request.answer_by,
        overdue=late and request.state in _OPEN,
        words=request.words,
        reason=request.reason,
    )


def _held(session: Session, request_id: int, states: Sequence[str]) -> tuple[RightsRequest, Conversation]:
    """The request in one of these states, and its conversation, held for writing."""
    known = session.get(RightsRequest, request_id)
    if known is None:
        raise UnknownRequestError(request_id)
    conversation = session.get_one(Conversation, known.conversation_id, with_for_update=True)
    request = session.get_one(RightsRequest, request_id, with_for_update=True, populate_existing=True)
    if request.state not in states:
        raise UnknownRequestError(request_id)
    return request, conversation


def _tell(session: Session, conversation: Conversation, text: str, key: str, now: datetime) -> None:
    write_lines(session, conversation, [Line(BotMessage(text, kind="notice"), "system")], key=key, now=now)


def _working_day(start: date, count: int, calendar: WorkingCalendar) -> date:
    try:
        return add_working_days(start, count, calendar)
    except CalendarEndsError:
        # Days off of that year are not published yet: weekends alone give the earlier, stricter day.
        day = start
        while count:
            day += timedelta(days=1)
            count -= day.weekday() < 5
        return day
