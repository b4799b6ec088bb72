"""What is off and which outages last, read from the orders that people gave. Pure: orders and a moment in, verdicts out."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Scope = Literal["answer", "procedure", "intent", "channel", "online_filing"]
OutageScope = Literal["portal", "channel", "all"]
SCOPES: tuple[Scope, ...] = ("answer", "procedure", "intent", "channel", "online_filing")
DECIDED_FACETS = ("guidance_only", "online_filing_off")
"""Facets of ``online_filing``: two people decided it (``bot.levels``), and it concerns the filing online itself, wherever.
Without a facet an order stops only the forms that are filled in here."""


@dataclass(frozen=True)
class Target:
    """What can be switched off: one facet of a procedure (``answer``), a procedure, an intent, a channel, or the online filing of
    a procedure. ``subject`` is the procedure's code, the intent or the channel. ``facet`` of an online filing: see
    ``DECIDED_FACETS``."""

    scope: Scope
    subject: str
    facet: str = ""


@dataclass(frozen=True)
class Order:
    """One order. Offs hold from ``from_at`` until ``until_at`` (or until an order ``on`` for the same target)."""

    number: int
    action: Literal["off", "on"]
    target: Target
    reason: str
    ordered_by: str
    ordered_at: datetime
    from_at: datetime
    until_at: datetime | None = None
    text_vi: str | None = None
    text_en: str | None = None


@dataclass(frozen=True)
class AnnouncedOutage:
    """An outage as it was announced. ``ended``: it was withdrawn."""

    number: int
    scope: OutageScope
    channel: str | None
    starts_at: datetime
    ends_at: datetime
    text_vi: str | None
    text_en: str | None
    announced_by: str
    announced_at: datetime
    withdrawn_by: str | None = None
    withdrawn_at: datetime | None = None

    def lasts(self, now: datetime) -> bool:
        """Whether it is going on."""
        return self.withdrawn_at is None and self.starts_at <= now < self.ends_at


@dataclass(frozen=True)
class Active:
    """What holds at one moment."""

    offs: tuple[Order, ...] = ()
    outages: tuple[AnnouncedOutage, ...] = ()

    def off(self, scope: Scope, subject: str, facet: str = "") -> Order | None:
        """The order by which exactly this is off, the latest where there are several."""
        wanted = Target(scope, subject, facet)
        return next((order for order in reversed(self.offs) if order.target == wanted), None)

    def answer_off(self, procedure_code: str, facet: str | None) -> Order | None:
        """The order that forbids this answer: of the procedure, or of this facet of it."""
        return self.off("procedure", procedure_code) or (self.off("answer", procedure_code, facet) if facet else None)

    def facets_off(self, procedure_code: str) -> tuple[str, ...]:
        """The facets of a procedure that may not be answered."""
        targets = (order.target for order in self.offs)
        return tuple(one.facet for one in targets if one.scope == "answer" and one.subject == procedure_code)

    def filing_off(self, procedure_code: str) -> Order | None:
        """The order by which a procedure cannot be filed in here."""
        decided = self.filing_decided(procedure_code)
        return self.off("procedure", procedure_code) or decided or self.off("online_filing", procedure_code)

    def filing_decided(self, procedure_code: str) -> Order | None:
        """The order of a decision by which a procedure cannot be filed online at all, the latest where there are several."""
        return next((one for one in reversed(self.decided) if one.target.subject == procedure_code), None)

    @property
    def decided(self) -> tuple[Order, ...]:
        """The orders of all such decisions."""
        return tuple(one for one in self.offs if is_decided(one.target))

    def outages_of(self, *, portal: bool = False, channel: str | None = None) -> tuple[AnnouncedOutage, ...]:
        """The outages that concern the portal, or a channel; one of everything always does."""
        return tuple(
            one
            for one in self.outages
            if one.scope == "all" or (one.scope == "portal" and portal) or (one.scope == "channel" and one.channel == channel)
        )


NOTHING = Active()


def is_decided(target: Target) -> bool:
    """Whether only a decision of two people switches this off and on."""
    return target.scope == "online_filing" and target.facet in DECIDED_FACETS


@dataclass(frozen=True)
class Orders:
    """All that was ordered and announced, in the order in which it was."""

    orders: tuple[Order, ...] = ()
    outages: tuple[AnnouncedOutage, ...] = ()

    def at(self, now: datetime) -> Active:
        """What holds at this moment."""
        offs = tuple(one for one in standing(self.orders) if one.from_at <= now and (one.until_at is None or now < one.until_at))
        return Active(offs, tuple(one for one in self.outages if one.lasts(now)))


def standing(orders: Iterable[Order]) -> list[Order]:
    """The offs that no later ``on`` took back, past and coming ones too."""
    found: dict[Target, list[Order]] = {}
    for order in sorted(orders, key=lambda one: one.number):
        if order.action == "on":
            found.pop(order.target, None)
        else:
            found.setdefault(order.target, []).append(order)
    return sorted((one for several in found.values() for one in several), key=lambda one: one.number)
