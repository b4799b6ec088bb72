"""What stands on a service card: plain values that can be kept, compared, shown and given away. Pure.

A card holds the procedure's own facts alone. Words that are the same on every card (when the clock starts, what happens when an
agency is late) are said where it is shown.
"""

from dataclasses import dataclass, replace
from typing import Literal

from pydantic import TypeAdapter

from bot.catalogue.schema import Channel, FeeKind, OnlineLevel, Origin, TimeUnit

CardState = Literal["stated", "none", "unknown"]
"""``stated``: the facts follow; ``none``: the source says that there is nothing; ``unknown``: nothing certain."""

FORMAT = 1
"""Rises where cards are made otherwise than before, so that all are made anew."""


@dataclass(frozen=True, slots=True)
class CardSource:
    """Where a fact comes from. ``as_of``: month or day (ISO), as the source states it."""

    name: str
    as_of: str
    decision: str | None = None


@dataclass(frozen=True, slots=True)
class CardFact:
    """A fact in words. ``caution``: what is doubtful about it. ``source``: its own, where it differs from the card's."""

    text: str
    caution: str | None = None
    source: CardSource | None = None


@dataclass(frozen=True, slots=True)
class CardPaper:
    """One paper. ``how``: handed in or only shown; numbers None where the source states none."""

    name: str
    how: Literal["submit", "show"] = "submit"
    originals: int | None = None
    copies: int | None = None
    form: str | None = None
    when: str | None = None


@dataclass(frozen=True, slots=True)
class CardPapers:
    """The papers of one case; of everybody where there is none. ``title``: the source's words for a part of the dossier."""

    items: tuple[CardPaper, ...]
    case: str | None = None
    title: str | None = None


@dataclass(frozen=True, slots=True)
class CardTime:
    """A time limit of one case and one way of filing. ``clock_stated``: its words say themselves when it begins.
    ``after_fifteen``: what is received after 15:00 counts from the next working day."""

    text: str
    channel: Channel
    case: str | None = None
    amount: float | None = None
    unit: TimeUnit | None = None
    caution: str | None = None
    clock_stated: bool = False
    after_fifteen: bool = False
    source: CardSource | None = None


@dataclass(frozen=True, slots=True)
class CardFee:
    """A fee of one case and one way of filing, in đồng."""

    text: str
    kind: FeeKind
    channel: Channel
    case: str | None = None
    amount_vnd: int | None = None
    per: str | None = None
    caution: str | None = None
    source: CardSource | None = None


@dataclass(frozen=True, slots=True)
class CardSaving:
    """What filing online saves in one case (in all of them where there is none)."""

    case: str | None = None
    faster: float | None = None
    unit: TimeUnit | None = None
    cheaper_vnd: int | None = None


@dataclass(frozen=True, slots=True)
class CardOnline:
    """Filing online. ``available`` None: not known. ``reason``: why only a part of it goes online, where somebody wrote it."""

    available: bool | None = None
    level: OnlineLevel = "unknown"
    caution: str | None = None
    reason: str | None = None
    link: str = ""
    owner: str = ""
    verified_on: str | None = None
    source: CardSource | None = None


@dataclass(frozen=True, slots=True)
class ServiceCard:
    """The card of one procedure. ``expired_on``: since when its data hold no more; such a card has no facts.

    ``hidden``: facets that are switched off now; their facts are missing, and the card says so rather than "not known"."""

    code: str
    name: str
    official_name: str
    field: str
    origin: Origin
    source: CardSource
    levels: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()
    old_codes: tuple[str, ...] = ()
    newer_code: str | None = None
    expired_on: str | None = None
    receiving: str = ""
    deciding: str = ""
    any_centre: bool = False
    handled: CardFact | None = None
    papers_state: CardState = "unknown"
    papers: tuple[CardPapers, ...] = ()
    papers_caution: str | None = None
    papers_source: CardSource | None = None
    times: tuple[CardTime, ...] = ()
    fees: tuple[CardFee, ...] = ()
    savings: tuple[CardSaving, ...] = ()
    online: CardOnline = CardOnline()
    result: CardFact | None = None
    conditions: CardFact | None = None
    steps: tuple[str, ...] = ()
    steps_caution: str | None = None
    steps_source: CardSource | None = None
    legal_basis: tuple[str, ...] = ()
    legal_basis_source: CardSource | None = None
    hidden: tuple[str, ...] = ()


_ADAPTER: TypeAdapter[ServiceCard] = TypeAdapter(ServiceCard)


class UnreadableCardError(Exception):
    """A stored card is not one that this release can read; the text names the code."""


def card_json(card: ServiceCard) -> str:
    """The card as JSON text: the same for the same content, without what is at its default."""
    return _ADAPTER.dump_json(card, exclude_defaults=True).decode()


def card_from_json(text: str, code: str) -> ServiceCard:
    """The stored card. Raises ``UnreadableCardError``."""
    try:
        return _ADAPTER.validate_json(text)
    except ValueError as error:
        raise UnreadableCardError(code) from error


def hiding(card: ServiceCard, facets: tuple[str, ...]) -> ServiceCard:
    """The card without the facts of these facets (``bot.catalogue.answers.render.FACETS``), in whatever part they stand."""
    off = frozenset(facets)
    if not off:
        return card
    shown = replace(card, hidden=tuple(sorted(off)))
    if "documents" in off:
        shown = replace(shown, papers_state="unknown", papers=(), papers_caution=None, papers_source=None)
    if "form" in off:
        shown = replace(
            shown, papers=tuple(replace(g, items=tuple(replace(p, form=None) for p in g.items)) for g in shown.papers)
        )
    if "processing_time" in off:
        shown = replace(shown, times=(), savings=tuple(replace(s, faster=None, unit=None) for s in shown.savings))
    if "fee" in off:
        shown = replace(shown, fees=(), savings=tuple(replace(s, cheaper_vnd=None) for s in shown.savings))
    if "place" in off:
        shown = replace(shown, receiving="", deciding="", any_centre=False, handled=None)
    if "online_level" in off:
        shown = replace(shown, online=CardOnline(link=shown.online.link, owner=shown.online.owner), savings=())
    if "submission" in off:
        shown = replace(shown, online=replace(shown.online, link="", owner="", verified_on=None))
    if "result" in off:
        shown = replace(shown, result=None)
    if "conditions" in off:
        shown = replace(shown, conditions=None)
    if "steps" in off:
        shown = replace(shown, steps=(), steps_caution=None, steps_source=None)
    if "legal_basis" in off:
        shown = replace(shown, legal_basis=(), legal_basis_source=None)
    kept = tuple(s for s in shown.savings if s.faster is not None or s.cheaper_vnd is not None)
    return replace(shown, savings=kept)
