"""Theo việc trong đời: the menu of situations of life, and what people do in one of them.

Buttons are acts of ``find_procedure`` with ``do``: ``life_events`` (``value``: the page) and ``life_event`` (``value``: its
id, ``field``: the page). A procedure is chosen as always.
"""

import re
from collections.abc import Sequence
from typing import TypeVar

from bot.catalogue.answers.facts import lower_first
from bot.catalogue.schema import LifeEvent
from bot.catalogue.told_events import Told, plain_words
from bot.dialogue.facet_words import asked_facets
from bot.dialogue.facets import FACET_OF_INTENT, FALLBACK
from bot.dialogue.questions import is_elliptic
from bot.dialogue.services import Services
from bot.dialogue.turn import DialogueState, Pending, Reply, Turn
from bot.language.masking import placeholders_in
from bot.messages import BotMessage, Button
from bot.texts import say

INTENT = "find_procedure"
MENU, ONE = "life_events", "life_event"

MENU_PAGES = {"zalo": 4}
MENU_PAGE = 11
"""Situations on one page: Zalo shows five buttons under a message, four choices and the way on."""

EVENT_PAGES = {"zalo": 4, "facebook": 4}
EVENT_PAGE = 7
"""Procedures on one page: Messenger carries choices under 640 characters only, and people read seven lines at a glance."""

_MENU_WORDS = re.compile(
    r"\b(?:viec|su kien|tinh huong) (?:trong|cua) (?:doi|cuoc (?:doi|song))\b|^(?:xem )?(?:menu|danh muc)(?: viec)? $"
)
_WHAT_TO_DO = re.compile(
    r"\b(?:lam (?:sao|gi|the nao|nhung gi|cai gi|nhung (?:thu tuc|giay to|viec))"
    r"|can (?:lam )?(?:nhung )?(?:gi|cai gi|thu tuc|giay to|ho so)|(?:thu tuc|giay to|viec|ho so|quyen loi|che do) (?:gi|nao)"
    r"|nhung (?:gi|thu tuc|giay to|viec)|gom (?:nhung )?(?:gi|thu tuc)|bat dau tu dau|tu dau|huong dan|tu van|di dau"
    r"|phai (?:lam|di|khai|lo)|lo (?:nhung )?(?:gi|thu tuc|giay to)|(?:chi|giup) (?:em|toi|minh|giup)|ra sao|the nao)\b"
)
_WHICH_PERMIT = re.compile(r"\bgiay phep (?:gi|nao|nhung gi)\b")
_ASKED_OF_ALL = frozenset({"documents", "steps", "conditions"})
"""Facets that may be asked of a situation as a whole; what it costs and how long it takes is asked of one procedure."""
_TELLING = frozenset({"inform", FALLBACK, INTENT, "out_of_scope", "affirm", "deny", "ask_capabilities", "start_submission"})
_MOST_ASKED = 4
_OPEN = frozenset({"procedure", "case", "place", "reading", "agency"})
_OTHERWISE_OPEN = frozenset({"dossier_code", "lookup_code", "phone_digits", "one_time_code", "login", "withdraw_reason"})

T = TypeVar("T")


def menu_button() -> Button:
    """The way to the menu."""
    return Button(say("button_life_events"), INTENT, {"do": MENU})


def event_button(event: LifeEvent) -> Button:
    """The way to one situation."""
    return Button(event.name, INTENT, {"do": ONE, "value": event.id})


def life_events_reply(turn: Turn, state: DialogueState, services: Services) -> Reply | None:
    """What a turn means for the situations of life; None where it means nothing for them."""
    events = {event.id: event for event in services.catalogue.life_events if event.notes}
    if not events:
        return None
    if turn.is_act:
        return _pressed(turn, state, services, events)
    words = plain_words(turn.text)
    if _MENU_WORDS.search(words) and len(words.split()) <= 16:
        return _menu(turn, state, services, tuple(events.values()))
    found = services.told_events.find(turn.text)
    told = [event_id for event_id in found.event_ids if event_id in events]
    if not told or not _asks_for_the_whole(turn, words, found, state, services):
        return None
    if len(told) > 1:
        return _which(state, [events[event_id] for event_id in told])
    return _event(events[told[0]], turn, state, services)


def chosen_in_menu(turn: Turn, state: DialogueState, services: Services) -> Reply | None:
    """The name of a situation, typed while the menu is the last thing that was said: there it is no procedure's name."""
    if state.pending is None or state.pending.about != MENU:
        return None
    words = plain_words(turn.text)
    named = next((one for one in services.catalogue.life_events if one.notes and plain_words(one.name) == words), None)
    return _event(named, turn, state, services) if named else None


def _pressed(turn: Turn, state: DialogueState, services: Services, events: dict[str, LifeEvent]) -> Reply | None:
    """A button, perhaps older than the catalogue."""
    do = turn.entities.get("do")
    if turn.intent != INTENT or do not in (MENU, ONE):
        return None
    event = events.get(turn.entities.get("value", "")) if do == ONE else None
    if event is None:
        return _menu(turn, state, services, tuple(events.values()), _number(turn.entities.get("value")))
    return _event(event, turn, state, services, _number(turn.entities.get("field")))


def _number(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 3 else 1


def _page(items: Sequence[T], number: int, size: int) -> tuple[Sequence[T], int, bool]:
    """The items of a page, the number of items before it, and whether more follow. A page that is not there is the first."""
    # No page for a single item where the button that leads to it could have been the item itself.
    if len(items) <= size + 1:
        return items, 0, False
    first = (number - 1) * size if number > 0 and (number - 1) * size < len(items) else 0
    last = len(items) - first <= size + 1
    return (items[first:] if last else items[first : first + size]), first, not last


def _menu(turn: Turn, state: DialogueState, services: Services, events: Sequence[LifeEvent], number: int = 1) -> Reply:
    size = MENU_PAGES.get(turn.channel, MENU_PAGE)
    shown, before, more = _page(events, number, size)
    buttons = [event_button(event) for event in shown]
    if more:
        following = before // size + 2
        buttons.append(Button(say("button_life_events_more"), INTENT, {"do": MENU, "value": str(following)}))
    message = BotMessage(say("life_events_menu"), kind="question", buttons=tuple(buttons))
    services.count("menu", MENU, turn.channel)
    return Reply((message,), state.evolve(pending=Pending("procedure", about=MENU), misses=0))


def _which(state: DialogueState, events: Sequence[LifeEvent]) -> Reply:
    """Several situations in one message: which one comes first."""
    care = next((event.care.vi for event in events if event.care), "")
    buttons = tuple(event_button(event) for event in events[:_MOST_ASKED])
    text = " ".join(part for part in (care, say("life_events_which")) if part)
    return Reply(
        (BotMessage(text, kind="question", buttons=buttons),), state.evolve(pending=Pending("procedure", about=MENU), misses=0)
    )


def _event(event: LifeEvent, turn: Turn, state: DialogueState, services: Services, number: int = 1) -> Reply:
    """What is done in this situation: one line a procedure, in the order in which it is done, and a button for each."""
    known = [services.catalogue.procedures[code] for code in event.procedures if code in services.catalogue.procedures]
    size = EVENT_PAGES.get(turn.channel, EVENT_PAGE)
    shown, before, more = _page(known, number, size)
    care = [event.care.vi] if event.care and not before else []
    lines = [say("life_event_head" if not before else "life_event_goes_on", name=lower_first(event.name))]
    for place, procedure in enumerate(shown, start=1):
        note = event.notes[procedure.code]
        joint = f" {say('life_event_joint')}" if note.joint else ""
        lines.append(say("life_event_line", number=place, title=note.short, what=note.vi, joint=joint))
    if event.beyond and not more:
        lines.append(event.beyond.vi)
    buttons = [Button(event.notes[one.code].short, "choose_procedure", {"procedure_code": one.code}) for one in shown]
    if more:
        following = str(before // size + 2)
        buttons.append(Button(say("button_life_event_more"), INTENT, {"do": ONE, "value": event.id, "field": following}))
    message = BotMessage("\n".join([" ".join([*care, lines[0]]), *lines[1:]]), kind="question", buttons=tuple(buttons))
    if not before:
        services.count("event", event.id, turn.channel)
    options = {one.code: f"{event.notes[one.code].short} ({one.name})" for one in known}
    asked = tuple(facet for facet in asked_facets(turn.text) if facet not in _ASKED_OF_ALL)
    return Reply((message,), state.evolve(pending=Pending("procedure", options, asked), misses=0))


def _asks_for_the_whole(turn: Turn, words: str, told: Told, state: DialogueState, services: Services) -> bool:
    """Whether a message that tells of a situation wants to know what is done in it: it names no procedure besides, and asks
    nothing that only one procedure can answer."""
    if placeholders_in(turn.text) or state.draft_id is not None:
        return False
    pending = state.pending.kind if state.pending and state.pending.about != MENU else None
    if pending in _OTHERWISE_OPEN:
        return False
    asks_all = _WHAT_TO_DO.search(words) is not None
    if not asks_all and (pending in _OPEN or is_elliptic(turn.text) or _may_tell_a_case(told, state, services)):
        return False
    facets = set(asked_facets(told.rest))
    engine = FACET_OF_INTENT.get(turn.intent)
    if not facets and engine is not None and engine != "submission" and turn.confidence >= 0.7:
        facets = {engine}
    if _WHICH_PERMIT.search(words):
        # What it costs and how long it takes can be told once it is known of which.
        facets &= _ASKED_OF_ALL
    if facets - _ASKED_OF_ALL or (not facets and engine is None and turn.intent not in _TELLING):
        return False
    return not _names_a_procedure(told, services)


def _may_tell_a_case(told: Told, state: DialogueState, services: Services) -> bool:
    """Whether the situation may be a case of the procedure that is spoken of."""
    return any(
        event.id in told.event_ids and state.procedure_code in event.procedures for event in services.catalogue.life_events
    )


def _names_a_procedure(told: Told, services: Services) -> bool:
    """Whether the words beside the situation name a procedure by themselves."""
    found = services.search.search(told.rest) if told.rest else None
    return found is not None and (found.verdict == "sure" or bool(found.named.intersection(hit.code for hit in found.hits)))
