"""Where the citizen lives or files: the one unit named is remembered; a name that may be several is asked about."""

import re
from collections.abc import Sequence

from bot.dialogue.choices import chosen_option
from bot.dialogue.guides import new_place
from bot.dialogue.services import Services, place_names
from bot.dialogue.turn import DialogueState, Pending, Reply, Turn
from bot.language.normalise import fold, nfc
from bot.language.place_questions import PlaceQuestion, place_question
from bot.language.places import PlaceChoice
from bot.messages import BotMessage, Button
from bot.texts import say

UNKNOWN = "none"
"""Place id of the button for those who do not know their ward."""

MAX_CHOICES = 8
_DOES_NOT_KNOW = re.compile(r"^\W*(?:(?:da|em|toi|minh|cung|chau)\W+)*(?:khong|ko|k|chua|chang) (?:ro|biet|nho|chac)\b")
_BETWEEN = ","


def one_place(text: str, services: Services) -> str | None:
    """The one unit that the text names for sure; None where it names none, several, or a name that may be several."""
    sure = {match.place_ids[0] for match in services.places.find(text) if not match.ambiguous}
    return sure.pop() if len(sure) == 1 and open_place(text, services) is None else None


def open_place(text: str, services: Services) -> PlaceQuestion | None:
    """What is to be asked about the places of a text. The name of an agency ("công an tỉnh Bắc Giang") names no place."""
    text = nfc(text)
    found = place_question(text, services.places)
    if found is None:
        return None
    for agency in services.agencies.find(text):
        # "UBND TP Bắc Ninh": what stands right behind an agency belongs to its name.
        if agency.start <= found.start and not text[min(agency.end, found.start) : found.start].strip():
            return None
    return found


def ask_place(question: PlaceQuestion, state: DialogueState, facets: Sequence[str] = ()) -> Reply:
    """The question with its choices; ``facets`` are answered once more when the place is known."""
    return _asked(question.question, question.choices, state, facets)


def _asked(text: str, choices: Sequence[PlaceChoice], state: DialogueState, facets: Sequence[str]) -> Reply:
    shown = choices if len(choices) <= MAX_CHOICES else ()
    options = {_BETWEEN.join(choice.place_ids): choice.label for choice in shown}
    buttons = [Button(_title(label), "choose_place", {"place_id": ids}) for ids, label in options.items()]
    buttons.append(Button(say("button_place_unknown"), "choose_place", {"place_id": UNKNOWN}))
    message = BotMessage(text, kind="question", buttons=tuple(buttons))
    return Reply((message,), state.evolve(pending=Pending("place", options, tuple(facets)), misses=0))


def _title(label: str) -> str:
    return label[:1].upper() + label[1:]


def chosen_place(turn: Turn, pending: Pending, services: Services) -> str | None:
    """The value of the option that a typed answer means, or the one unit that it names; None where it is no answer."""
    if _DOES_NOT_KNOW.match(fold(turn.text)):
        return UNKNOWN
    return one_place(turn.text, services) or chosen_option(turn.text, pending.options)


def settle_place(value: str, state: DialogueState, facets: Sequence[str], services: Services) -> Reply:
    """A chosen place is noted; a name that went into several units leads to one more list; "I do not know" is fine too."""
    known = {place.id for place in services.catalogue.places}
    ids = [place_id for place_id in value.split(_BETWEEN) if place_id in known]
    if len(ids) > 1:
        names = place_names(services, ids)
        choices = tuple(PlaceChoice(name, (place_id,)) for name, place_id in zip(names, ids, strict=True))
        return _asked(say("place_which"), choices, state, facets)
    if not ids:
        return Reply((BotMessage(say("place_any")),), state.evolve(pending=None, misses=0))
    noted = BotMessage(say("place_noted", place=place_names(services, ids)[0]))
    return Reply((noted,), state.evolve(place_id=ids[0], pending=None, misses=0))


def told_place(turn: Turn, state: DialogueState, services: Services) -> Reply | None:
    """The citizen says where they are: noted where it is one unit, asked back where the name may be several."""
    if question := open_place(turn.text, services):
        return ask_place(question, state)
    if place := one_place(turn.text, services):
        return Reply((BotMessage(say("place_noted", place=place_names(services, [place])[0])),), state.evolve(misses=0))
    return Reply((new_place(turn.text, services),), state.evolve(misses=0)) if services.places.find(turn.text) else None
