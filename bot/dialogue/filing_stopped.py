"""Procedures whose online filing was stopped by a decision: no answer offers it, whichever path of the dialogue made it.

The catalogue is read as if those procedures could not be filed online (so nothing is computed from it that promises so: no link,
no online fee, no saving), and what a source's own words still say is marked in the text. Pure.
"""

import re
import unicodedata
from dataclasses import replace

from bot.catalogue.answers.facts import lower_first
from bot.dialogue.services import Services, place_names
from bot.dialogue.turn import Reply
from bot.language.normalise import fold_in_place
from bot.levels.in_person import AsDecided
from bot.levels.words import partial_line, where_to_file
from bot.messages import BotMessage, Button
from bot.switches.board import Active, Order, is_decided
from bot.switches.words import off_text
from bot.texts import say

_OWN_WORDS = frozenset({"online_level", "submission"})
"""These answers are made of the decision's own words."""

_FILES = re.compile(r"\b(?:nop|khai|gui|dang ky|dang nhap|thuc hien|tiep nhan|nhan ho so|lam|bao tai)\b")
_ONLINE = re.compile(r"(?<!thanh toan )(?<!hop )(?<!nop phi )\btruc tuyen\b|\b(?:qua|tren) mang\b|\bonline\b")
_PORTAL = (
    r"(?:(?:trang )?cong dich vu cong(?: quoc gia| bo \w+ \w+| (?:thanh pho|tinh) bac ninh)?"
    r"|(?<!\()(?:ung dung )?vneid\b|ung dung dinh danh quoc gia)"
)
_PORTALS = re.compile(rf"\b{_PORTAL}(?:(?:,| hay| hoac| va) {_PORTAL})*")
"""Portals one after the other are one way."""


def without_online_filing(services: Services, active: Active) -> Services:
    """The services over a catalogue in which nothing that was stopped can be filed online."""
    stopped = frozenset(order.target.subject for order in active.decided)
    if not stopped:
        return services
    catalogue = replace(services.catalogue, procedures=AsDecided(services.catalogue.procedures, stopped))
    return replace(services, catalogue=catalogue)


def stopped_lines(active: Active, code: str, services: Services, place_name: str | None = None) -> tuple[str, ...]:
    """Why it cannot be filed online now, and where it is filed instead; empty where nothing was decided."""
    order, procedure = active.filing_decided(code), services.catalogue.procedures.get(code)
    if order is None or procedure is None:
        return ()
    return (off_text(order), where_to_file(procedure, services.catalogue.agencies, place_name))


def where_instead(order: Order, services: Services, place_id: str | None) -> str:
    """Where to file what a decision stopped; empty for any other order."""
    procedure = services.catalogue.procedures.get(order.target.subject) if is_decided(order.target) else None
    names = place_names(services, [place_id]) if place_id else []
    return where_to_file(procedure, services.catalogue.agencies, names[0] if names else None) if procedure else ""


def partial_why(code: str, services: Services) -> str:
    """The level "in part" with its published reason; empty where none was published."""
    reason, procedure = services.partial_reasons().get(code), services.catalogue.procedures.get(code)
    if reason is None or procedure is None or procedure.online.level != "partial":
        return ""
    return partial_line(lower_first(procedure.name), reason)


def without_offers(reply: Reply, active: Active, services: Services) -> Reply:
    """The reply without any button or words that offer what was stopped."""
    if not active.decided:
        return reply
    told, messages = _told(reply, active), []
    for message in reply.messages:
        order = active.filing_decided(message.procedure_code) if message.procedure_code else None
        if order is None or message.kind == "status":
            messages.append(message)
            continue
        made = _marked(message)
        if made.text != message.text and order.number not in told:
            told.add(order.number)
            messages.append(BotMessage(off_text(order), kind="notice"))
        links = {services.catalogue.procedures[order.target.subject].official_link.url} if _known(order, services) else set()
        messages.append(_without_buttons(made, links))
    return replace(reply, messages=tuple(messages))


def _known(order: Order, services: Services) -> bool:
    return order.target.subject in services.catalogue.procedures


def _told(reply: Reply, active: Active) -> set[int]:
    """The decisions whose words stand in the reply."""
    texts = [message.text for message in reply.messages]
    return {order.number for order in active.decided if any(off_text(order) in text for text in texts)}


def _without_buttons(message: BotMessage, links: set[str]) -> BotMessage:
    def kept(buttons: tuple[Button, ...]) -> tuple[Button, ...]:
        return tuple(button for button in buttons if not _offers(button, links))

    cards = tuple(replace(card, buttons=kept(card.buttons)) for card in message.cards)
    return replace(message, buttons=kept(message.buttons), cards=cards)


def _offers(button: Button, links: set[str]) -> bool:
    return button.url in links or button.entities.get("facet") == "online_level"


def _marked(message: BotMessage) -> BotMessage:
    """The message with every mention of filing online marked as not taken at present."""
    if message.facet in _OWN_WORDS:
        return message
    lines = unicodedata.normalize("NFC", message.text).split("\n")
    marked = [_marked_line(line) for line in lines]
    return message if marked == lines else replace(message, text="\n".join(marked))


def _marked_line(line: str) -> str:
    folded, mark = fold_in_place(line), say("filing_mark")
    if not _FILES.search(folded) or mark in line:
        return line
    found = list(_ONLINE.finditer(folded)) or list(_PORTALS.finditer(folded))
    for end in sorted((match.end() for match in found), reverse=True):
        line = f"{line[:end]} {mark}{line[end:]}"
    return line
