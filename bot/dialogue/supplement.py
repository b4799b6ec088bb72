"""The errand ``supplement``: what the agency asks for is listed, and the papers are taken in the talk, as for any other form."""

from bot.catalogue.answers.facts import person_button
from bot.dialogue.identity import need_identity
from bot.dialogue.services import FiledRefusal, Services
from bot.dialogue.turn import DialogueState, Reply, Turn
from bot.eforms.supplements import request_lines
from bot.messages import BotMessage, Button
from bot.texts import say


def answer_supplement(turn: Turn, state: DialogueState, services: Services, dossier_ref: str, proof_ref: str) -> Reply:
    """Begins the answer to the open supplement request of a dossier, or says why not."""
    if services.filed is None or services.submissions is None:
        return Reply((BotMessage(say("guide_supplement_dossier"), buttons=(person_button(),)),), at_rest(state))
    asked = services.filed.supplement(dossier_ref, proof_ref, turn.conversation_id)
    if isinstance(asked, str):
        return refused(asked, "supplement", "supplement_none_open", state.evolve(dossier_ref=dossier_ref))
    made = services.submissions.open_supplement(turn.conversation_id, asked)
    listed = BotMessage("\n".join(request_lines(asked)), kind="status")
    state = at_rest(state).evolve(dossier_ref=dossier_ref, proof_ref=proof_ref, draft_id=made.draft_id, pending=None)
    return Reply((listed, *made.messages), state)


def refused(why: FiledRefusal, errand: str, not_possible: str, state: DialogueState) -> Reply:
    """Why nothing was done with a filed dossier, and what the citizen can do. ``not_possible``: the text for a dossier in the
    wrong state."""
    if why == "too_weak":
        return need_identity(state.evolve(proof_ref=None), errand, f"{errand}_needs_identity", phone=errand == "withdraw")
    if why == "proofs_gone":
        message = BotMessage(say("status_code_expired"), kind="question", expects="dossier_code")
        return Reply((message,), at_rest(state).evolve(errand=errand, dossier_ref=None, proof_ref=None))
    texts = {
        "not_possible": not_possible,
        "not_found": "filed_not_found",
        "away": "filed_portal_away",
        "not_offered": "filed_not_offered",
        "too_many": "filed_too_many",
    }
    buttons = [person_button()]
    if why == "not_possible":
        buttons.insert(0, Button(say("button_status"), "check_status"))
    message = BotMessage(say(texts[why]), kind="apology" if why == "away" else "answer", buttons=tuple(buttons))
    return Reply((message,), at_rest(state))


def at_rest(state: DialogueState) -> DialogueState:
    """The state when an errand is over: the next proofs are for the status again."""
    return state.evolve(errand="status", pending=None, misses=0)
