"""Answers that need no procedure: hours, new place names, log-in, payment and other guides."""

import re

from bot.catalogue.answers.facts import person_button
from bot.catalogue.schema import OfficeHours
from bot.dialogue.life_events import menu_button
from bot.dialogue.services import Services, place_names
from bot.language.places import PlaceMatch
from bot.messages import BotMessage, Button, Source
from bot.texts import say

_WITH_PERSON = frozenset({"ask_payment", "out_of_scope", "withdraw_dossier", "technical_problem", "book_visit", "give_feedback"})
_WITH_EVENTS = frozenset({"ask_capabilities", "start_over"})
_WITH_STATUS = frozenset({"supplement_dossier", "ask_capabilities"})


def guide(intent: str, text: str, services: Services) -> BotMessage:
    """The guide for an intent of ``facets.GUIDES``. Raises ``KeyError`` where no text exists for it."""
    if intent == "ask_working_hours":
        return working_hours(services)
    if intent == "ask_new_place":
        return new_place(text, services)
    buttons = []
    if intent in _WITH_EVENTS and services.catalogue.life_events:
        buttons.append(menu_button())
    if intent in _WITH_STATUS:
        buttons.append(Button(say("button_status"), "check_status"))
    if intent == "subscribe_updates":
        buttons.append(Button(say("button_watch"), "subscribe_updates"))
    if intent in _WITH_PERSON:
        buttons.append(person_button())
    return BotMessage(say(f"guide_{intent}"), buttons=tuple(buttons))


def spoken_hours(hours: OfficeHours) -> str:
    """ "7 giờ 30 đến 11 giờ 30 và 13 giờ 30 đến 17 giờ"."""
    return " và ".join(_span(span) for span in hours.monday_to_friday)


def _span(span: str) -> str:
    begin, end = span.split("-")
    return f"{_clock(begin)} đến {_clock(end)}"


def _clock(text: str) -> str:
    hour, minute = text.split(":")
    return f"{int(hour)} giờ" + (f" {minute}" if minute != "00" else "")


def working_hours(services: Services) -> BotMessage:
    """Office hours as dated data say, with their caution; a holiday today is named."""
    calendar = services.catalogue.calendar
    hours = calendar.hours
    saturday = say("hours_no_saturday")
    if hours.saturday:
        saturday = say("hours_saturday", saturday=" và ".join(_span(span) for span in hours.saturday))
    key = "hours_sure" if hours.certainty == "sure" else "hours_check"
    text = say(key, weekdays=spoken_hours(hours), saturday=saturday)
    holiday = next((h for h in calendar.holidays if h.day == services.today() and not h.working), None)
    if holiday:
        text = say("hours_holiday", name=holiday.name) + " " + text
    return BotMessage(text)


def new_place(text: str, services: Services) -> BotMessage:
    """What an old place name is called now. Old to new is many-to-many: all new units are named, none is guessed."""
    matches = services.places.find(text)
    if not matches:
        return BotMessage(say("place_unknown"), kind="question")
    source = Source(title=say("place_source"), as_of="tháng 9/2026")
    return BotMessage("\n".join(_place_line(match, services) for match in matches[:2]), sources=(source,))


def _place_line(match: PlaceMatch, services: Services) -> str:
    names = place_names(services, match.place_ids)
    old = re.sub(r"\s+", " ", match.matched).strip()
    if len(names) > 1:
        return say("place_new_many", old=old[:1].upper() + old[1:], new=", ".join(names))
    if names and names[0].casefold().endswith(old.casefold()):
        return say("place_still", new=names[0][:1].upper() + names[0][1:])
    return say("place_new_one", old=old[:1].upper() + old[1:], new=names[0] if names else "")
