"""What the gateway does with a claimed event, and what it makes of the engine's answer. Pure: no I/O, no clock."""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Literal

from bot.conversations.arrivals import START_CHAT
from bot.conversations.citizen_text import MAX_TEXT
from bot.conversations.ownership import who_speaks
from bot.conversations.reopening import RATE_OFFICER, RATE_TALK
from bot.conversations.speech import Line
from bot.conversations.turns import Claim, Conclusion
from bot.language.normalise import fold
from bot.messages import BotMessage, Button
from bot.officers.queue_choices import LEAVE_TICKET, RETURN_TO_BOT, WAIT_LONGER
from bot.switches.board import Order
from bot.switches.words import off_text
from bot.texts import say
from connectors.gateway.engine_answer import EngineAnswer

MAX_ATTEMPTS = 3

_NAMES_THE_BOT = r"\b(?:tiep tuc|quay lai|tro lai)(?: voi| noi chuyen voi| hoi)?(?: tro ly| bot| may| tu dong)\b"
_ASKS_AN_OFFICER_FOR_THE_BOT = re.compile(_NAMES_THE_BOT)
"""To an officer "không cần" is an answer: only who names the assistant asks for it."""

_BACK_TO_BOT = re.compile(
    _NAMES_THE_BOT + r"|^\W*(?:thoi )?(?:quay lai|tro lai)\W*$|\bthoi (?:toi|em|minh) tu hoi\b"
    r"|\b(?:thoi|khong)(?: toi| em| minh)? (?:khong )?can(?: gap)?(?: can bo)?(?: nua)?\W*$"
)
"""How people say that they no longer wait for an officer, folded."""

Step = Literal[
    "ask_engine",
    "return_to_bot",
    "already_with_bot",
    "wait_for_officer",
    "stay_silent",
    "give_up",
    "greet",
    "stale_button",
    "ask_whether_to_leave_officer",
    "wait_longer",
    "leave_ticket",
    "rate",
    "rate_talk",
]


def next_step(claim: Claim) -> Step:
    """The one decision at the start of a turn. Attempts are counted at the claim, so that an event which kills its worker
    ends too."""
    verdict = who_speaks(claim.speaker)
    pressed = (claim.act or {}).get("intent")
    if verdict not in ("person_speaks", "bot_speaks"):
        return "stay_silent"
    if pressed == RATE_OFFICER:
        return "rate"
    if pressed == RATE_TALK:
        return "rate_talk"
    if verdict == "person_speaks":
        return _officers_turn(claim, pressed)
    if pressed in (RETURN_TO_BOT, WAIT_LONGER, LEAVE_TICKET) or asks_for_the_bot(claim.text or ""):
        return "already_with_bot"
    if pressed == START_CHAT:
        return "greet"
    if claim.circumstances.get("stale_button"):
        return "stale_button"
    return "ask_engine" if claim.attempt <= MAX_ATTEMPTS else "give_up"


def _officers_turn(claim: Claim, pressed: str | None) -> Step:
    """What a citizen does whose conversation people own. One who talks with an officer is asked before they leave."""
    if claim.speaker == "officer":
        sure = pressed == RETURN_TO_BOT and bool((claim.act or {}).get("entities", {}).get("value"))
        asks = pressed == RETURN_TO_BOT or _ASKS_AN_OFFICER_FOR_THE_BOT.search(fold(claim.text or ""))
        return "return_to_bot" if sure else "ask_whether_to_leave_officer" if asks else "wait_for_officer"
    if pressed == WAIT_LONGER:
        return "wait_longer"
    if pressed == LEAVE_TICKET:
        return "leave_ticket"
    return "return_to_bot" if pressed == RETURN_TO_BOT or asks_for_the_bot(claim.text or "") else "wait_for_officer"


def asks_for_the_bot(text: str) -> bool:
    """Whether a waiting citizen says in words of their own that they go on with the assistant."""
    return bool(_BACK_TO_BOT.search(fold(text)))


def greeting() -> BotMessage:
    """The first message of a conversation. The way to a person comes last: a lone "1" must not call one."""
    buttons = [
        Button(say("button_capabilities"), intent="ask_capabilities"),
        Button(say("button_life_events"), intent="find_procedure", entities={"do": "life_events"}),
        Button(say("button_check_status"), intent="check_status"),
        Button(say("button_talk_to_officer"), intent="talk_to_officer"),
    ]
    return BotMessage(say("greeting"), kind="notice", buttons=tuple(buttons))


def greeted() -> Conclusion:
    """The citizen opened the chat, perhaps not for the first time."""
    return Conclusion("answered", "bot", detail=START_CHAT, lines=(Line(greeting(), "system"),))


def stale_button() -> Conclusion:
    """A button that is none of ours any more was pressed: said kindly, nothing is done."""
    line = Line(BotMessage(say("button_unknown"), kind="notice"), "system")
    return Conclusion("answered", "bot", detail="stale_button", lines=(line,), keeps_expects=True)


def with_notices(conclusion: Conclusion, claim: Claim, notices: Sequence[BotMessage] = ()) -> Conclusion:
    """The conclusion with what else the citizen must hear first: on their very first message that this is an assistant, where a
    message was too long that only its beginning was read, and what became of attachments."""
    if not conclusion.lines and not notices:
        return conclusion
    first: list[BotMessage] = []
    if claim.circumstances.get("starts"):
        first.append(greeting())
    elif claim.seq == 1 and conclusion.detail != START_CHAT:
        first.append(BotMessage(say("introduction"), kind="notice"))
    if claim.circumstances.get("cut"):
        first.append(BotMessage(say("only_the_beginning_read", limit=MAX_TEXT), kind="notice"))
    before = tuple(Line(message, "system") for message in (*first, *notices))
    return replace(conclusion, lines=(*before, *conclusion.lines))


def papers_came(papers: Sequence[str]) -> dict[str, Any]:
    """Papers that an e-form asked for, as the act by which the dialogue hears of them; words that came with them are captions."""
    return {"intent": "eform", "entities": {"do": "upload", "refs": ",".join(papers)}}


def only_attachments(notices: Sequence[BotMessage], detail: str) -> Conclusion:
    """There were attachments and no words: what became of them is the whole answer; where nothing is to be said,
    ignored by name."""
    if not notices:
        return Conclusion("ignored", "bot", detail=detail, keeps_expects=True)
    lines = tuple(Line(message, "system") for message in notices)
    return Conclusion("answered", "bot", detail=detail, lines=lines, keeps_expects=True)


CHANNEL_OFF = "channel_off"


def asks_for_a_person(claim: Claim) -> bool:
    """Whether the button to a person was pressed (or chosen by its number): this works on a channel that is off too."""
    return (claim.act or {}).get("intent") == "talk_to_officer"


def channel_off(order: Order, *, tell: bool) -> Conclusion:
    """The assistant is silent on this channel: the citizen is told (not again within the hour), the message stays in the
    transcript and is not answered later by itself."""
    if not tell:
        return Conclusion("ignored", "bot", detail=CHANNEL_OFF, keeps_expects=True)
    officer = Button(say("button_talk_to_officer"), intent="talk_to_officer")
    line = Line(BotMessage(off_text(order), kind="notice", buttons=(officer,)), "system")
    return Conclusion("failed_and_told", "bot", detail=CHANNEL_OFF, lines=(line,), keeps_expects=True)


def said_by_the_system(conclusion: Conclusion) -> Conclusion:
    """The same words as the gateway's own: a channel that is off holds the assistant's answers back, not these."""
    return replace(conclusion, lines=tuple(replace(line, author="system") for line in conclusion.lines))


def apology() -> BotMessage:
    """What the citizen hears when the turn failed; a person is one press away."""
    officer = Button(say("button_talk_to_officer"), intent="talk_to_officer")
    return BotMessage(say("engine_failed"), kind="apology", buttons=(officer,))


def return_button() -> Button:
    """The way back from waiting for a person."""
    return Button(say("button_return_to_bot"), intent=RETURN_TO_BOT)


def failed(reason: str) -> Conclusion:
    """The turn could not be carried out, and the citizen is told."""
    return Conclusion("failed_and_told", "bot", detail=reason, lines=(Line(apology(), "system"),), keeps_expects=True)


def engine_failed(reason: str, slot: str | None) -> Conclusion:
    """The engine gave no answer, and the citizen is told; the ledger keeps which of several engines it was."""
    nlu = {"slot": slot, "failed": reason} if slot is not None else None
    return replace(failed(f"engine_{reason}"), nlu=nlu)


def silent(claim: Claim) -> Conclusion:
    """Nobody knows who may speak: nothing is said, people have to look."""
    return Conclusion("waiting_for_officer", claim.speaker, detail="speaker_unknown", keeps_expects=True)


def waiting(claim: Claim) -> Conclusion:
    """A person owns the conversation. While nobody has taken it yet, the citizen is told so once per handoff."""
    tells = claim.speaker == "waiting" and not claim.told_waiting
    words = say("taken_up_again" if claim.taken_up_again else "waiting_already")
    line = Line(BotMessage(words, kind="handoff", buttons=(return_button(),)), "system")
    return Conclusion(
        "waiting_for_officer",
        claim.speaker,
        detail=claim.speaker,
        lines=(line,) if tells else (),
        told_waiting=tells,
        keeps_expects=True,
    )


def returned(claim: Claim) -> Conclusion:
    """The citizen takes the conversation back from the queue, or from an officer."""
    line = Line(BotMessage(say("returned_to_bot"), kind="notice"), "system")
    return Conclusion("answered", claim.speaker, detail=RETURN_TO_BOT, lines=(line,), withdraw=True)


def already_with_bot() -> Conclusion:
    """An old button was pressed; the bot speaks anyway."""
    line = Line(BotMessage(say("already_with_bot"), kind="notice"), "system")
    return Conclusion("answered", "bot", detail=RETURN_TO_BOT, lines=(line,), keeps_expects=True)


def answered(answer: EngineAnswer) -> Conclusion:
    """The engine's answer as the turn's end: a handoff wins, a failure is told, everything else is an answer."""
    lines = tuple(Line(message) for message in answer.messages)
    expects = next((m.expects for m in reversed(answer.messages) if m.expects), None)
    if answer.handoff is not None:
        return Conclusion(
            "handed_over",
            "bot",
            detail=answer.handoff.reason,
            lines=_with_return_button(lines),
            nlu=answer.nlu,
            handoff=answer.handoff,
        )
    if answer.failed is not None:
        told = (*lines, Line(apology(), "system"))
        return Conclusion("failed_and_told", "bot", detail=answer.failed, lines=told, nlu=answer.nlu, expects=expects)
    return Conclusion("answered", "bot", lines=lines, nlu=answer.nlu, expects=expects)


def _with_return_button(lines: tuple[Line, ...]) -> tuple[Line, ...]:
    """The handoff's last message carries the way back."""
    if not lines:
        return (Line(BotMessage(say("handoff_opened"), kind="handoff", buttons=(return_button(),)), "system"),)
    last = lines[-1].message
    if any(button.intent == RETURN_TO_BOT for line in lines for button in line.message.buttons):
        return lines
    with_button = replace(last, buttons=(*last.buttons, return_button()))
    return (*lines[:-1], replace(lines[-1], message=with_button))
