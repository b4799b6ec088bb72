"""A private number that a citizen sends in pieces: masked in the new message, and in the earlier ones after the fact.

The beginning of a number is kept as a private value from the start (``begun``), so that the engine never reads it; what looked
harmless when it came (``không hai bốn`` or a number's end that came first) is taken out of the ledger's text once the rest is
there.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.conversations.private_values import PrivateValues
from bot.language.masking import PLACEHOLDER, PrivateSpan, placeholder, strip_forged_placeholders
from bot.language.split_numbers import MOST_PIECES, Piece, begun_number, may_go_on, split_number
from bot.storage.models import Conversation, Inbound

LOOKED_BACK = timedelta(minutes=10)
"""A number whose pieces lie further apart is not put together."""


@dataclass(frozen=True)
class _Read:
    """An earlier message with its begun numbers in clear, and for each character its place in the ledger's text."""

    row: Inbound
    text: str
    places: tuple[tuple[int, int], ...]


def mask_pieces(session: Session, private: PrivateValues, conversation: Conversation, text: str, now: datetime) -> str:
    """The new message (as typed) with the end of a number that began in the last messages exchanged for its placeholder; the same
    placeholder takes the place of the earlier pieces. The caller holds the conversation."""
    text = strip_forged_placeholders(text)
    if not may_go_on(text):
        return text
    earlier = _last_messages(session, private, conversation, now)
    found = split_number([one.text for one in earlier], text) if earlier else None
    if found is None:
        return text
    span = PrivateSpan(found.kind, 0, 0, found.value)
    shown = placeholder(found.kind, private.store_within(session, conversation.id, span))
    *before, last = found.pieces
    for piece in before:
        one = earlier[piece.message]
        one.row.text = _with(one.row.text or "", _place_in_ledger(one, piece), shown)
    return _with(text, (last.start, last.end), shown)


def begun(text: str, expects: str | None) -> PrivateSpan | None:
    """The beginning of a number in a message in which ``find_private`` finds no whole one. Where a paper was asked for, it is
    a caption."""
    if expects == "paper" or PLACEHOLDER.search(text):
        return None
    return begun_number(text)


def _last_messages(session: Session, private: PrivateValues, conversation: Conversation, now: datetime) -> list[_Read]:
    """The citizen's last messages, the oldest first."""
    session.flush()
    rows = session.scalars(
        select(Inbound)
        .where(Inbound.conversation_id == conversation.id, Inbound.received_at > now - LOOKED_BACK)
        .order_by(Inbound.seq.desc())
        .limit(MOST_PIECES - 1)
    ).all()
    read = [_in_clear(session, private, row) for row in rows if row.act is None]
    return list(reversed(read))


def _in_clear(session: Session, private: PrivateValues, row: Inbound) -> _Read:
    text = row.text or ""
    shown: list[str] = []
    places: list[tuple[int, int]] = []
    last = 0
    for match in PLACEHOLDER.finditer(text):
        value = private.incomplete_number(session, row.conversation_id, match[2])
        if value is None:
            continue
        shown.append(text[last : match.start()] + value)
        places += [(at, at + 1) for at in range(last, match.start())] + [match.span()] * len(value)
        last = match.end()
    places += [(at, at + 1) for at in range(last, len(text))]
    return _Read(row, "".join(shown) + text[last:], tuple(places))


def _place_in_ledger(one: _Read, piece: Piece) -> tuple[int, int]:
    return one.places[piece.start][0], one.places[piece.end - 1][1]


def _with(text: str, place: tuple[int, int], shown: str) -> str:
    return text[: place[0]] + shown + text[place[1] :]
