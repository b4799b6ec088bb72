"""What two states of a card say otherwise, part by part. Pure."""

from dataclasses import dataclass
from datetime import date

from bot.cards.card import ServiceCard
from bot.cards.telling import CardPart, parts_of, spoken_source
from bot.language.formats import spoken_date
from bot.texts import say


@dataclass(frozen=True)
class CardChange:
    """A part that differs, with the words of both; empty where one has none."""

    part: str
    old: str
    new: str


def changes_between(old: ServiceCard, new: ServiceCard, language: str = "vi") -> tuple[CardChange, ...]:
    """The parts that differ, in the order of the card, cautions with them; names, field and source before."""
    before, after = _words(old, language), _words(new, language)
    titles = dict.fromkeys((*before, *after))
    differing = (title for title in titles if before.get(title, "") != after.get(title, ""))
    return tuple(CardChange(title, before.get(title, ""), after.get(title, "")) for title in differing)


def _words(card: ServiceCard, language: str) -> dict[str, str]:
    head = {
        say("card_heading", language): card.name,
        say("card_field", language, field="").rstrip(": "): card.field,
        say("card_source", language): spoken_source(card.source),
    }
    return head | {part.title: _part_words(part) for part in parts_of(card, language=language)} | _expired(card, language)


def _part_words(part: CardPart) -> str:
    return "\n".join((part.words, *part.notes))


def _expired(card: ServiceCard, language: str) -> dict[str, str]:
    if not card.expired_on:
        return {}
    ended = spoken_date(date.fromisoformat(card.expired_on))
    return {say("card_source", language): say("card_expired", language, date=ended)}
