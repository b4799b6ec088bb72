"""Cards out of the ledger: one procedure's, its versions, all of them as a stream, and the list to search in."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from bot.cards.card import ServiceCard, card_from_json
from bot.cards.words import plain_words
from bot.language.normalise import fold
from bot.storage.card_models import ServiceCardVersion
from bot.storage.database import SessionFactory

ON_A_PAGE = 30
LONGEST_SEARCH = 120
_MOST_WORDS = 12
_BATCH = 200


@dataclass(frozen=True, slots=True)
class KeptCard:
    """A version of a card. ``live_until`` None: it stands now."""

    card: ServiceCard
    version: int
    sha256: str
    live_from: datetime
    live_until: datetime | None


@dataclass(frozen=True, slots=True)
class VersionLine:
    """A version in the list of a procedure's versions."""

    version: int
    live_from: datetime
    live_until: datetime | None


@dataclass(frozen=True, slots=True)
class ListedCard:
    """A procedure in a list."""

    code: str
    name: str
    field: str
    origin: str


@dataclass(frozen=True, slots=True)
class FoundCards:
    """One page of a list, and how many there are in all."""

    cards: tuple[ListedCard, ...]
    total: int
    page: int

    @property
    def pages(self) -> int:
        """How many pages there are."""
        return max(1, -(-self.total // ON_A_PAGE))


@dataclass(frozen=True, slots=True)
class CardsState:
    """What all standing cards are made of: how many, and when that last changed. None: no card was ever written."""

    live: int
    newest_id: int
    changed_at: datetime


_ROW = ServiceCardVersion
_LIVE = _ROW.live_until.is_(None)


def standing_card(session: Session, code: str) -> KeptCard | None:
    """The card that stands. Raises ``UnreadableCardError``."""
    row = session.scalars(select(_ROW).where(_ROW.code == code, _LIVE)).one_or_none()
    return _kept(row) if row else None


def card_version(session: Session, code: str, version: int) -> KeptCard | None:
    """A version by its number. Raises ``UnreadableCardError``."""
    row = session.scalars(select(_ROW).where(_ROW.code == code, _ROW.version == version)).one_or_none()
    return _kept(row) if row else None


def versions_of(session: Session, code: str) -> list[VersionLine]:
    """All versions of a procedure's card, newest first."""
    rows = session.execute(
        select(_ROW.version, _ROW.live_from, _ROW.live_until).where(_ROW.code == code).order_by(_ROW.version.desc())
    )
    return [VersionLine(*row) for row in rows]


def code_now(session: Session, old: str) -> str | None:
    """The code of the standing procedure that once had this one."""
    fitting = select(_ROW).where(_LIVE, _ROW.words.contains(f" {old} ", autoescape=True), _ROW.code != old)
    cards = (_kept(row).card for row in session.scalars(fitting.order_by(_ROW.code)))
    return next((card.code for card in cards if old in card.old_codes), None)


def find_cards(session: Session, typed: str, field: str, page: int) -> FoundCards:
    """The standing cards whose code, names or other names hold words that begin as those typed, marks aside, in
    the field where one is named; what is called exactly so comes first. ``page`` from 1;
    one too high gives the last."""
    words = plain_words(typed[:LONGEST_SEARCH])[:_MOST_WORDS]
    conditions: list[ColumnElement[bool]] = [_LIVE, *(_ROW.words.contains(f" {word}", autoescape=True) for word in words)]
    if field:
        conditions.append(_ROW.field == field)
    rows = session.execute(select(_ROW.code, _ROW.name, _ROW.field, _ROW.origin, _ROW.words).where(*conditions)).all()
    phrase = " ".join(words)
    ordered = [ListedCard(*row[:4]) for row in sorted(rows, key=lambda row: _rank(row.words, row.origin, phrase))]
    last = max(1, -(-len(ordered) // ON_A_PAGE))
    shown = min(max(1, page), last)
    return FoundCards(tuple(ordered[(shown - 1) * ON_A_PAGE : shown * ON_A_PAGE]), len(ordered), shown)


def _rank(words: str, origin: str, phrase: str) -> tuple[bool, bool, bool, bool, str]:
    """First what is called exactly so, then what begins so, then what holds the words in their order; reviewed ones before."""
    names = [name.strip() for name in words.split("|")[1:]]
    return (
        phrase not in names,
        not any(name.startswith(phrase) for name in names),
        phrase not in words,
        origin != "reviewed",
        names[0],
    )


def fields_of(session: Session) -> list[tuple[str, int]]:
    """The fields with the number of their procedures, in the order of the alphabet."""
    rows = session.execute(select(_ROW.field, func.count()).where(_LIVE).group_by(_ROW.field))
    return sorted(((field, count) for field, count in rows), key=lambda row: fold(row[0]))


def cards_state(session: Session) -> CardsState | None:
    """Whether anything was written since: one small query."""
    live, newest, began, made, ended = session.execute(
        select(
            func.count().filter(_LIVE),
            func.max(_ROW.id),
            func.max(_ROW.live_from),
            func.max(_ROW.made_at),
            func.max(_ROW.live_until),
        )
    ).one()
    if newest is None:
        return None
    return CardsState(live, newest, max(moment for moment in (began, made, ended) if moment is not None))


def standing_cards(sessions: SessionFactory) -> Iterator[KeptCard]:
    """All standing cards by code, a few hundred in memory at a time, and no connection held between them: whoever takes them may
    be slow. Raises ``UnreadableCardError``."""
    after = ""
    while True:
        with sessions() as session:
            rows = _next(session, after)
        if not rows:
            return
        yield from (_kept(row) for row in rows)
        after = rows[-1].code


def _next(session: Session, after: str) -> Sequence[ServiceCardVersion]:
    return session.scalars(select(_ROW).where(_LIVE, _ROW.code > after).order_by(_ROW.code).limit(_BATCH)).all()


def _kept(row: ServiceCardVersion) -> KeptCard:
    return KeptCard(card_from_json(row.content, row.code), row.version, row.sha256, row.live_from, row.live_until)
