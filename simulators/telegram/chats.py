"""Whom a call is about."""

from simulators.telegram.bot import TelegramBot
from simulators.telegram.errors import bad_request, forbidden
from simulators.telegram.parameters import Call
from simulators.telegram.people import Person


def addressed(bot: TelegramBot, call: Call) -> Person | None:
    """The citizen whose chat ``chat_id`` is, whether they can be written to or not; None where there is none."""
    value = call.values.get("chat_id")
    text = str(value) if isinstance(value, str | int) else ""
    number = text.removeprefix("-")
    if not (number.isascii() and number.isdecimal() and len(number) < 19):
        return None
    return bot.people.in_chat(int(text))


def find_chat(bot: TelegramBot, call: Call) -> Person:
    """Whose chat ``chat_id`` is. Raises 400 chat not found, 403 where this citizen cannot be written to."""
    if not call.has("chat_id"):
        raise bad_request("chat_id is empty")
    person = addressed(bot, call)
    if person is None:
        raise bad_request("chat not found")
    if person.deactivated:
        raise forbidden("user is deactivated")
    if person.blocked:
        raise forbidden("bot was blocked by the user" if person.private else f"bot was kicked from the {person.chat_type} chat")
    if not person.started:
        raise forbidden("bot can't initiate conversation with a user")
    return person
