"""Guided submission within the talk: an e-form is opened, filled in over many turns, left, taken up again, handed to the portal.

While a form is open a message is first read as its answer; what is no answer is answered as always, and the form asks again.
"""

import re
from collections.abc import Callable
from dataclasses import replace

from bot.dialogue.services import FormTurn, Services
from bot.dialogue.status import answers_about_dossier
from bot.dialogue.turn import DialogueState, Reply, Turn
from bot.eforms.asking import EFORM_INTENT, button
from bot.eforms.turns import Said
from bot.language.masking import placeholders_in
from bot.language.normalise import fold
from bot.messages import BotMessage, Button
from bot.texts import say

SURE_QUESTION = 0.8
"""From here on the engine's word that a message is a question (or a wish for a person) counts more than the open field."""

_LEAVES_THE_FORM = frozenset({"talk_to_officer", "complaint", "check_status"})
_QUESTION = "ask_"
_GO_ON = re.compile(
    r"\b(?:lam|khai|dien|nop) tiep\b|\btiep tuc (?:khai|nop|dien|lam|ho so|to khai)\b|\b(?:ho so|to khai|don) (?:dang )?do dang\b"
)
_BEGIN = re.compile(
    r"^\W*(?:khai|nop|dien|lam)(?: don| ho so| to khai)? (?:luon|ngay|o day|tai day|tren nay)(?: di| nhe| nha)?\W*$"
)

Otherwise = Callable[[Turn, DialogueState], Reply]


def submission_reply(turn: Turn, state: DialogueState, services: Services, otherwise: Otherwise) -> Reply | None:
    """What a turn means for an e-form; None where it means nothing for one. ``otherwise`` answers it as if no form were open."""
    if services.submissions is None:
        return None
    if turn.is_act:
        return _pressed(turn, state, services) if turn.intent == EFORM_INTENT else None
    if state.draft_id is not None:
        return _filled_in(turn, state, services, otherwise)
    words = fold(turn.text)
    if _GO_ON.search(words):
        return _take_up(turn, state, services)
    if _BEGIN.match(words) and state.procedure_code and services.submissions.has_form(state.procedure_code):
        return _opened(turn, state, services, state.procedure_code)
    return None


def with_form_offer(reply: Reply, services: Services) -> Reply:
    """An answer on how to submit offers to fill the form in here, where there is one."""
    if services.submissions is None or reply.state.draft_id is not None:
        return reply
    messages = tuple(_with_button(message, services) for message in reply.messages)
    return replace(reply, messages=messages)


def _with_button(message: BotMessage, services: Services) -> BotMessage:
    code = message.procedure_code
    if message.facet != "submission" or not code or services.submissions is None or not services.submissions.has_form(code):
        return message
    offered: Button = button(say("submission_fill_here"), "open", procedure_code=code)
    return replace(message, buttons=(offered, *message.buttons))


def _pressed(turn: Turn, state: DialogueState, services: Services) -> Reply | None:
    submissions = services.submissions
    assert submissions is not None
    match turn.entities.get("do"):
        case "open":
            return _opened(turn, state, services, turn.entities.get("procedure_code", ""))
        case "resume":
            return _said(submissions.take_up(turn.conversation_id, turn.entities.get("draft", "")), state)
        case "hand_over":
            return _handed_over(turn, state, services, turn.entities.get("draft", ""))
    if state.draft_id is None:
        return _take_up(turn, state, services)
    return _said(submissions.take(turn.conversation_id, state.draft_id, Said(act=dict(turn.entities))), state)


def _opened(turn: Turn, state: DialogueState, services: Services, code: str) -> Reply:
    assert services.submissions is not None
    case_id = state.case_id if state.procedure_code == code else None
    return _said(services.submissions.open(turn.conversation_id, code, case_id), state.evolve(pending=None, misses=0))


def _filled_in(turn: Turn, state: DialogueState, services: Services, otherwise: Otherwise) -> Reply | None:
    assert services.submissions is not None
    assert state.draft_id is not None
    if state.pending is not None and answers_about_dossier(turn, state.pending.kind):
        reply = otherwise(turn, state)
        return replace(reply, state=reply.state.evolve(draft_id=state.draft_id))
    sure = turn.confidence >= SURE_QUESTION
    if sure and turn.intent in _LEAVES_THE_FORM and not _holds_other_than_code(turn):
        reply = otherwise(turn, state)
        return replace(reply, state=reply.state.evolve(draft_id=state.draft_id))
    asks = sure and turn.intent.startswith(_QUESTION)
    made = services.submissions.take(turn.conversation_id, state.draft_id, Said(turn.text, asks=asks))
    if made.outcome == "confirmed":
        return _handed_over(turn, state, services, state.draft_id, before=made.messages)
    if made.outcome == "closed":
        return otherwise(turn, state.evolve(draft_id=None))
    if made.outcome != "not_an_answer":
        return _said(made, state)
    reply = otherwise(turn, state)
    if reply.handoff is not None:
        return reply
    return Reply((*reply.messages, *made.again), reply.state.evolve(draft_id=state.draft_id, pending=None))


def _holds_other_than_code(turn: Turn) -> bool:
    """A number in the message is an answer to the form, unless it is a dossier's code."""
    return bool({kind for kind, _ in placeholders_in(turn.text)} - {"dossier_code"})


def _take_up(turn: Turn, state: DialogueState, services: Services) -> Reply | None:
    assert services.submissions is not None
    drafts = services.submissions.open_drafts(turn.conversation_id)
    if not drafts:
        return None
    if len(drafts) == 1:
        return _said(services.submissions.take_up(turn.conversation_id, drafts[0].draft_id), state)
    buttons = tuple(button(one.title, "resume", draft=one.draft_id) for one in drafts)
    return Reply((BotMessage(say("submission_which_draft"), kind="question", buttons=buttons),), state.evolve(pending=None))


def _handed_over(
    turn: Turn, state: DialogueState, services: Services, draft_id: str, before: tuple[BotMessage, ...] = ()
) -> Reply:
    assert services.submissions is not None
    messages = services.submissions.hand_over(turn.conversation_id, draft_id)
    return Reply((*before, *messages), state.evolve(draft_id=None, pending=None, misses=0))


def _said(made: FormTurn, state: DialogueState) -> Reply:
    open_now = made.draft_id if made.outcome in ("asked", "not_an_answer") else None
    messages = made.messages or made.again or (BotMessage(say("submission_no_draft"), kind="notice"),)
    return Reply(messages, state.evolve(draft_id=open_now, pending=None, misses=0))
