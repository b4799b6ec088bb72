"""What can be done with a dossier once both of its proofs are there; ``DialogueState.errand`` names what the citizen came for."""

from collections.abc import Mapping

from bot.dialogue.notices import ask_consent
from bot.dialogue.services import Services
from bot.dialogue.status import Errand, show_status
from bot.dialogue.turn import DialogueState, Reply, Turn

ERRANDS: Mapping[str, Errand] = {"status": show_status, "watch": ask_consent}


def carry_out(turn: Turn, state: DialogueState, services: Services, dossier_ref: str, proof_ref: str) -> Reply:
    """Does what the citizen came for; a name that this release does not know is read as asking for the status."""
    errand = ERRANDS.get(state.errand, show_status)
    return errand(turn, state, services, dossier_ref, proof_ref)
