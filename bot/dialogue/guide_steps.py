"""The illustrated guides in the talk: the steps as numbered text, the page with the drawings, and where a guide is offered.

Buttons are acts of ``ask_capabilities`` with ``do``: ``guides`` (the list) and ``guide`` (``value``: its id).
"""

from collections.abc import Iterator
from dataclasses import replace

from bot.catalogue.answers.facts import person_button
from bot.dialogue.facets import FACET_OF_INTENT
from bot.dialogue.services import Services
from bot.dialogue.turn import DialogueState, Reply, Turn
from bot.eforms.asking import EFORM_INTENT
from bot.guides.book import Guide
from bot.messages import BotMessage, Button
from bot.texts import say

INTENT = "ask_capabilities"
LIST, ONE = "guides", "guide"

LONGEST_MESSAGE = 600
"""Letters of one message: Messenger carries buttons under 640 only."""

MOST_BUTTONS = 5
PAGE = "/huong-dan"
_LOGIN, _PAY, _SUBMIT = "dang-nhap-vneid", "thanh-toan-truc-tuyen", "nop-truc-tuyen"
_OF_TROUBLE = (_LOGIN, _PAY, "chup-anh-giay-to")


def guide_button(guide: Guide) -> Button:
    """The way to a guide."""
    return Button(guide.title.short, INTENT, {"do": ONE, "value": guide.id})


def guides_button() -> Button:
    """The way to the list of guides."""
    return Button(say("button_guides"), INTENT, {"do": LIST})


def guides_reply(turn: Turn, state: DialogueState, services: Services) -> Reply | None:
    """What a turn means for the guides; None where it means nothing for them."""
    guides = services.guides.guides
    if not guides:
        return None
    if turn.is_act:
        if turn.intent != INTENT or turn.entities.get("do") not in (LIST, ONE):
            return None
        guide = guides.get(turn.entities.get("value", ""))
        return _said(guide, turn, state, services) if guide and turn.entities["do"] == ONE else _listed(state, services)
    found = services.told_guides.find(turn.text)
    if not found.event_ids or state.draft_id is not None or _waits_for_a_number(state):
        return None
    about = services.search.search(found.rest) if found.rest else None
    if about is not None and (about.verdict == "sure" or about.named):
        return None
    if state.procedure_code and turn.intent in FACET_OF_INTENT and found.event_ids[0] == _SUBMIT:
        # How to submit the procedure that is spoken of is answered for it, with its own page.
        return None
    return _said(guides[found.event_ids[0]], turn, state, services)


def _waits_for_a_number(state: DialogueState) -> bool:
    kinds = ("dossier_code", "lookup_code", "phone_digits", "one_time_code")
    return state.pending is not None and state.pending.kind in kinds


def _listed(state: DialogueState, services: Services) -> Reply:
    buttons = tuple(guide_button(guide) for guide in list(services.guides.guides.values())[: MOST_BUTTONS + 1])
    page = _page_line(PAGE, services)
    text = "\n".join(part for part in (say("guides_list"), page) if part)
    return Reply((BotMessage(text, kind="question", buttons=buttons),), state.evolve(pending=None, misses=0))


def _said(guide: Guide, turn: Turn, state: DialogueState, services: Services) -> Reply:
    return Reply(guide_messages(guide, turn.channel, services), state.evolve(pending=None, misses=0))


def guide_messages(guide: Guide, channel: str, services: Services) -> tuple[BotMessage, ...]:
    """The guide as messages that every platform shows whole; the last has the ways on. Counts the opening."""
    services.count("guide", guide.id, channel)
    texts = list(_texts(guide, services))
    related = [services.guides.guides[one] for one in guide.related if one in services.guides.guides]
    link = [Button(say("button_guide_page"), url=_address(guide, services))] if services.address.startswith("https://") else []
    buttons = (*link, *(guide_button(one) for one in related[: MOST_BUTTONS - 1 - len(link)]), person_button())
    messages = [BotMessage(text) for text in texts]
    messages[-1] = replace(messages[-1], buttons=buttons)
    return tuple(messages)


def _texts(guide: Guide, services: Services) -> Iterator[str]:
    """Whole steps, as many as fit into a message."""
    lines = [say("guide_head", title=guide.title.vi)]
    lines += [say("guide_line", number=number, text=step.text.vi) for number, step in enumerate(guide.steps, start=1)]
    lines += [guide.note.vi] if guide.note else []
    page = _page_line(f"{PAGE}/{guide.id}", services)
    lines += [page] if page else []
    text = ""
    for line in lines:
        if text and len(text) + 1 + len(line) > LONGEST_MESSAGE:
            yield text
            text = line
        else:
            text = f"{text}\n{line}" if text else line
    yield text


def _address(guide: Guide, services: Services) -> str:
    return f"{services.address}{PAGE}/{guide.id}"


def _page_line(path: str, services: Services) -> str:
    """The page's address in words, where no button can lead there."""
    if not services.address or services.address.startswith("https://"):
        return ""
    return say("guide_page_line", url=f"{services.address}{path}")


def with_guide(message: BotMessage, intent: str, channel: str, services: Services) -> tuple[BotMessage, ...]:
    """A short answer on log-in, payment or trouble, with the steps of its guide after it, or the guides that may help."""
    guide = services.guides.of_intent(intent)
    if guide is not None:
        return (replace(message, buttons=()), *guide_messages(guide, channel, services))
    if intent == "technical_problem":
        helping = tuple(guide_button(services.guides.guides[one]) for one in _OF_TROUBLE if one in services.guides.guides)
        return (replace(message, buttons=(*helping, *message.buttons)),)
    if intent == "ask_capabilities" and services.guides.guides:
        return (replace(message, buttons=(*message.buttons, guides_button())),)
    return (message,)


def with_guide_offer(reply: Reply, services: Services) -> Reply:
    """Where a form was handed to the portal, could not be, or a login is waited for, the guide of that step is one press away."""
    if not services.guides.guides or not reply.messages or reply.handoff is not None:
        return reply
    last = reply.messages[-1]
    wanted = [one for one in _steps_open(last, reply) if one in services.guides.guides]
    offered = [guide_button(services.guides.guides[one]) for one in wanted]
    room = MOST_BUTTONS - len(last.buttons)
    if not offered or room <= 0:
        return reply
    # The way to a person stays last.
    persons = tuple(button for button in last.buttons if button.intent == "talk_to_officer")
    others = tuple(button for button in last.buttons if button.intent != "talk_to_officer")
    return replace(reply, messages=(*reply.messages[:-1], replace(last, buttons=(*others, *offered[:room], *persons))))


def _steps_open(message: BotMessage, reply: Reply) -> Iterator[str]:
    """The guides of the steps that this message asks the citizen to take outside the talk."""
    handed = any(one.intent == EFORM_INTENT and one.entities.get("do") == "hand_over" for one in message.buttons)
    waits = reply.state.pending is not None and reply.state.pending.kind == "login"
    logs_in = any(one.intent == "check_status" and one.entities.get("do") in ("login", "logged_in") for one in message.buttons)
    if handed or waits or logs_in:
        yield _LOGIN
    if handed:
        yield _PAY
