"""Guided submission within the talk: an e-form is opened, filled in over many turns, left, taken up again, handed to the portal.

While a form is open a message is first read as its answer; what is no answer is answered as always, and the form asks again.
"""

import re
from collections.abc import Callable
from dataclasses import replace

from bot.dialogue.draft_choice import adopt_again, asks_to_go_on, offer_drafts, take_up, takes_up_named
from bot.dialogue.errands import carry_out, errand_reply
from bot.dialogue.identity import need_identity
from bot.dialogue.other_form import wants_other_form
from bot.dialogue.services import FormTurn, Services, Submissions
from bot.dialogue.status import is_on_the_way, status_reply
from bot.dialogue.turn import DialogueState, Reply, Turn
from bot.eforms.asking import EFORM_INTENT, button
from bot.eforms.turns import Said
from bot.language.masking import placeholders_in
from bot.language.normalise import fold
from bot.messages import BotMessage, Button
from bot.texts import say

SURE_QUESTION = 0.8
"""From here on the engine's word that a message is a question (or a wish for a person) counts more than the open field."""

_LEAVES_THE_FORM = frozenset({"talk_to_officer", "complaint", "check_status", "withdraw_dossier", "supplement_dossier"})
_QUESTION = "ask_"
_BEGIN = re.compile(
    r"^\W*(?:khai|nop|dien|lam)(?: don| ho so| to khai)? (?:luon|ngay|o day|tai day|tren nay)(?: di| nhe| nha)?\W*$"
)

Otherwise = Callable[[Turn, DialogueState], Reply]


def submission_reply(turn: Turn, state: DialogueState, services: Services, otherwise: Otherwise) -> Reply | None:
    """What a turn means for an e-form; None where it means nothing for one. ``otherwise`` answers it as if no form were open."""
    if services.submissions is None:
        return None
    if turn.is_act:
        return _pressed(turn, state, services)
    if state.draft_id is not None:
        return _filled_in(turn, state, services, otherwise)
    named = takes_up_named(turn, state, services)
    if named is not None:
        return named
    if asks_to_go_on(turn.text):
        return _take_up(turn, state, services)
    if _BEGIN.match(fold(turn.text)) and state.procedure_code and services.submissions.has_form(state.procedure_code):
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
    draft = turn.entities.get("draft", "")
    if turn.intent == "subscribe_updates" and draft:
        return _with_sent(turn, state, services, draft, "watch")
    if turn.intent != EFORM_INTENT:
        return None
    match turn.entities.get("do"):
        case "open":
            return _opened(turn, state, services, turn.entities.get("procedure_code", ""))
        case "resume" if draft:
            return said_by_form(submissions.take_up(turn.conversation_id, draft), state)
        case "resume_elsewhere":
            return adopt_again(turn, state, services)
        case "adopt":
            return said_by_form(submissions.adopt(turn.conversation_id, draft), state)
        case "hand_over":
            return _handed_over(turn, state, services, draft)
        case "papers_again":
            return said_by_form(submissions.papers_again(turn.conversation_id, draft), state)
        case "status":
            return _with_sent(turn, state, services, draft, "status")
    if state.draft_id is None:
        return _take_up(turn, state, services)
    return _settled(turn, state, services, submissions.take(turn.conversation_id, state.draft_id, Said(act=dict(turn.entities))))


def _settled(turn: Turn, state: DialogueState, services: Services, made: FormTurn) -> Reply:
    """A confirmed summary goes on to the portal; everything else is said."""
    if made.outcome == "confirmed" and made.draft_id is not None:
        return _handed_over(turn, state, services, made.draft_id, before=made.messages)
    return said_by_form(made, state)


def _opened(turn: Turn, state: DialogueState, services: Services, code: str) -> Reply:
    assert services.submissions is not None
    case_id = state.case_id if state.procedure_code == code else None
    return said_by_form(services.submissions.open(turn.conversation_id, code, case_id), state.evolve(pending=None, misses=0))


def _filled_in(turn: Turn, state: DialogueState, services: Services, otherwise: Otherwise) -> Reply | None:
    submissions = services.submissions
    assert submissions is not None
    assert state.draft_id is not None
    beside = _beside_the_form(turn, state, services)
    if beside is not None:
        return _form_stays(beside, turn, state, submissions)
    sure = turn.confidence >= SURE_QUESTION
    if sure and turn.intent in _LEAVES_THE_FORM and not _holds_other_than_code(turn):
        return _form_stays(otherwise(turn, state), turn, state, submissions)
    other = _other_matter(turn, state, services, submissions)
    if other is not None:
        return other
    asks = sure and turn.intent.startswith(_QUESTION)
    made = submissions.take(turn.conversation_id, state.draft_id, Said(turn.text, asks=asks))
    if made.outcome == "confirmed":
        return _settled(turn, state, services, made)
    if made.outcome == "closed":
        # It is gone meanwhile: the turn is read as if no form were open.
        left = state.evolve(draft_id=None)
        return submission_reply(turn, left, services, otherwise) or otherwise(turn, left)
    if made.outcome != "not_an_answer":
        return said_by_form(made, state)
    reply = otherwise(turn, state)
    if reply.handoff is not None:
        return reply
    return replace(
        reply, messages=(*reply.messages, *made.again), state=reply.state.evolve(draft_id=state.draft_id, pending=None)
    )


def _beside_the_form(turn: Turn, state: DialogueState, services: Services) -> Reply | None:
    """The answer to a question that was asked after the form's last one, on the way to a filed dossier: it goes first."""
    if state.pending is None:
        return None
    answered = errand_reply(turn, state, services)
    if answered is None and is_on_the_way(state.pending.kind):
        answered = status_reply(turn, state, services, carry_out)
    return answered


def _form_stays(reply: Reply, turn: Turn, before: DialogueState, submissions: Submissions) -> Reply:
    """The form stays open beside another matter, and goes on once that asks nothing more. Answering a supplement request opens
    another form."""
    opened = reply.state.draft_id
    if opened not in (None, before.draft_id) or before.draft_id is None:
        return reply
    messages = reply.messages
    if reply.state.pending is None and reply.handoff is None:
        messages = (*messages, *submissions.take_up(turn.conversation_id, before.draft_id).messages)
    return replace(reply, messages=messages, state=reply.state.evolve(draft_id=before.draft_id))


def _other_matter(turn: Turn, state: DialogueState, services: Services, submissions: Submissions) -> Reply | None:
    """ "Thôi cho tôi làm đăng ký tạm trú trước": another form or another draft is gone on with; the present one is kept."""
    named = takes_up_named(turn, state, services)
    if named is None:
        code = wants_other_form(turn.text, services)
        if code is None:
            return None
        named = _opened(turn, state.evolve(draft_id=None), services, code)
    if named.state.draft_id in (None, state.draft_id):
        return None
    kept = next((one.title for one in submissions.open_drafts(turn.conversation_id) if one.draft_id == state.draft_id), "")
    note = BotMessage(say("submission_kept", title=kept), kind="notice") if kept else None
    return replace(named, messages=(note, *named.messages) if note else named.messages)


def _holds_other_than_code(turn: Turn) -> bool:
    """A number in the message is an answer to the form, unless it is a dossier's code."""
    return bool({kind for kind, _ in placeholders_in(turn.text)} - {"dossier_code"})


def _take_up(turn: Turn, state: DialogueState, services: Services) -> Reply | None:
    assert services.submissions is not None
    drafts = services.submissions.open_drafts(turn.conversation_id)
    if len(drafts) == 1:
        return said_by_form(services.submissions.take_up(turn.conversation_id, drafts[0].draft_id), state)
    if drafts:
        return offer_drafts(drafts, state, "submission_which_draft", "resume")
    return take_up(turn, state, services)


def _handed_over(
    turn: Turn, state: DialogueState, services: Services, draft_id: str, before: tuple[BotMessage, ...] = ()
) -> Reply:
    assert services.submissions is not None
    made = services.submissions.hand_over(turn.conversation_id, draft_id)
    if made.outcome == "proof_needed":
        reply = need_identity(state.evolve(draft_id=None), "supplement", "supplement_proof_again")
        return replace(reply, messages=(*before, *reply.messages))
    reply = said_by_form(made, state)
    return replace(reply, messages=(*before, *reply.messages))


def _with_sent(turn: Turn, state: DialogueState, services: Services, draft_id: str, errand: str) -> Reply:
    """Something is done with the dossier that came of a draft; nobody types its codes."""
    assert services.submissions is not None
    proofs = services.submissions.sent_proofs(turn.conversation_id, draft_id)
    if proofs is None:
        return Reply((BotMessage(say("submission_no_receipt_yet"), kind="notice"),), state.evolve(pending=None))
    state = state.evolve(errand=errand, dossier_ref=proofs[0], proof_ref=proofs[1], pending=None, misses=0)
    return carry_out(turn, state, services, *proofs)


def said_by_form(made: FormTurn, state: DialogueState) -> Reply:
    """What the form says; it stays open while it asks."""
    open_now = made.draft_id if made.outcome in ("asked", "not_an_answer") else None
    messages = made.messages or made.again or (BotMessage(say("submission_no_draft"), kind="notice"),)
    return Reply(messages, state.evolve(draft_id=open_now, pending=None, misses=0))
