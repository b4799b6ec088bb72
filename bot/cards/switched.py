"""A card as it may be shown now: without what is switched off, and without the online way where its filing is stopped. Pure."""

from dataclasses import replace

from bot.cards.card import ServiceCard, hiding
from bot.switches.board import Active


def shown_now(card: ServiceCard, active: Active) -> ServiceCard:
    """The card without facets that are off; where a decision stopped online filing, without that way's times, fees, savings."""
    shown = hiding(card, active.facets_off(card.code))
    return in_person_only(shown) if active.filing_decided(card.code) is not None else shown


def in_person_only(card: ServiceCard) -> ServiceCard:
    """The card as the procedure is filed while its online way is stopped."""
    return replace(
        card,
        online=replace(card.online, available=False, link="", owner="", verified_on=None),
        times=tuple(one for one in card.times if one.channel != "online"),
        fees=tuple(one for one in card.fees if one.channel != "online"),
        savings=(),
    )
