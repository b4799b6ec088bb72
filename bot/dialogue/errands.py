"""What can be done with a dossier once both of its proofs are there; ``DialogueState.errand`` names what the citizen came for."""

import re
from collections.abc import Mapping

from bot.dialogue.draft_choice import RESUME_ERRAND, resume_elsewhere
from bot.dialogue.notices import ask_consent
from bot.dialogue.services import Services
from bot.dialogue.status import Errand, show_status, status_reply
from bot.dialogue.supplement import answer_supplement
from bot.dialogue.turn import DialogueState, Reply, Turn
from bot.dialogue.withdrawal import begin_withdrawal, withdrawal_reply
from bot.language.masking import names_a_dossier
from bot.language.normalise import fold
from bot.messages import BotMessage, Button
from bot.texts import say

ERRANDS: Mapping[str, Errand] = {
    "status": show_status,
    "watch": ask_consent,
    "supplement": answer_supplement,
    "withdraw": begin_withdrawal,
    RESUME_ERRAND: resume_elsewhere,
}

ERRAND_OF_INTENT: Mapping[str, str] = {"supplement_dossier": "supplement", "withdraw_dossier": "withdraw"}

SURE_WISH = 0.8

TOWARDS_PROOFS = frozenset({"dossier_code", "lookup_code", "phone_digits", "one_time_code", "login"})
"""Our open questions on the way to both proofs of a dossier."""

_AMENDS = re.compile(r"\b(?:sua|chinh sua|thay doi|dinh chinh|doi (?:lai )?thong tin|cap nhat)\b")
_WITHDRAWS = re.compile(r"\b(?:rut|huy|thu hoi|lay lai|xin lai)\b")


def carry_out(turn: Turn, state: DialogueState, services: Services, dossier_ref: str, proof_ref: str) -> Reply:
    """Does what the citizen came for; a name that this release does not know is read as asking for the status."""
    errand = ERRANDS.get(state.errand, show_status)
    return errand(turn, state, services, dossier_ref, proof_ref)


def asks_for_status_anew(turn: Turn, state: DialogueState) -> bool:
    """Whether the status is asked for, and no proof for another errand is on its way."""
    waiting = state.pending is not None and state.pending.kind in TOWARDS_PROOFS
    return turn.intent == "check_status" and not waiting and "do" not in turn.entities


def begin_errand(intent: str, turn: Turn, state: DialogueState, services: Services) -> Reply | None:
    """The first step of an errand with a filed dossier: what it needs is asked for, one proof after the other. None where the
    intent is none, or nothing can be done with filed dossiers here."""
    errand = ERRAND_OF_INTENT.get(intent)
    if errand is None or services.filed is None:
        return None
    words = fold(turn.text)
    if errand == "withdraw" and _AMENDS.search(words) and not _WITHDRAWS.search(words):
        return _amend(state)
    asked = Turn(turn.text, "check_status", 1.0, conversation_id=turn.conversation_id)
    return status_reply(asked, state.evolve(errand=errand, pending=None), services, carry_out)


def named_errand(turn: Turn, state: DialogueState, services: Services) -> Reply | None:
    """ "Tôi muốn rút hồ sơ H05…": the wish and the code in one message. An unsure wish is asked about first, as always."""
    names_one = names_a_dossier(turn.text)
    if not names_one or turn.confidence < SURE_WISH or turn.intent not in ERRAND_OF_INTENT:
        return None
    return begin_errand(turn.intent, turn, state, services)


def errand_reply(turn: Turn, state: DialogueState, services: Services) -> Reply | None:
    """A button that begins an errand, or the answer to a question of one; None where the turn is something else."""
    if turn.is_act and (begun := begin_errand(turn.intent, turn, state, services)) is not None:
        return begun
    return withdrawal_reply(turn, state, services)


def _amend(state: DialogueState) -> Reply:
    """A filed dossier cannot be changed: it is withdrawn and filed anew, or a supplement request is answered."""
    buttons = (
        Button(say("amend_button_supplement"), "supplement_dossier"),
        Button(say("amend_button_withdraw"), "withdraw_dossier"),
    )
    return Reply((BotMessage(say("amend_how"), buttons=buttons),), state.evolve(pending=None, misses=0))
