"""From a citizen's first words to the right procedure: the dialogue itself, and a citizen who presses what fits.

The citizen of this measure types one message, reads all that is offered and knows which procedure is wanted: a real one does
worse.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.dialogue.life_events import INTENT, MENU, ONE
from bot.dialogue.respond import respond
from bot.dialogue.services import Services
from bot.dialogue.turn import DialogueState, Reply, Turn
from bot.messages import BotMessage, Button
from motcua.evaluation.figures import share
from motcua.evaluation.labelled_files import Row

MOST_TURNS = 3


@dataclass(frozen=True)
class Session:
    """What became of a row: the turn in which an acceptable procedure was answered, None where it was not within
    ``MOST_TURNS``. ``wrong``: another procedure was answered first. ``path``: what was typed and pressed."""

    row: Row
    reached: int | None
    wrong: bool
    path: tuple[str, ...]


class NoDossiers:
    """No dossier is looked up here."""

    def answer(
        self, _dossier_ref: str, _proof_ref: str, _conversation_id: str, _address: str | None = None
    ) -> tuple[BotMessage, ...]:
        """See ``DossierStatus.answer``."""
        return (BotMessage("–", kind="status"),)

    def masked_code(self, _dossier_ref: str, _conversation_id: str) -> str | None:
        """See ``DossierStatus.masked_code``."""
        return None


def held_session(row: Row, first: Turn, services: Services) -> Session:
    """One session. ``first``: the row's text as the engine understood it."""
    reply, state, path = respond(first, DialogueState(), services), DialogueState(), [first.text]
    wrong = False
    for turn in range(1, MOST_TURNS + 1):
        answered = {message.procedure_code for message in reply.messages if message.procedure_code}
        if answered.intersection(row.codes):
            return Session(row, turn, wrong, tuple(path))
        wrong = wrong or bool(answered)
        state = reply.state
        button = fitting_button(reply, row.codes, services) if turn < MOST_TURNS else None
        if button is None:
            break
        path.append(button.title)
        act = Turn("", button.intent or "", 1.0, entities=button.entities, is_act=True, channel=first.channel)
        reply = respond(act, state, services)
    return Session(row, None, wrong, tuple(path))


def fitting_button(reply: Reply, codes: Sequence[str], services: Services) -> Button | None:
    """What the citizen presses: the procedure, else a situation that holds it, else the next page, else the menu."""
    buttons = [*(button for message in reply.messages for button in message.buttons), *reply.offered]
    holding = {event.id for event in services.catalogue.life_events if set(event.procedures) & set(codes)}

    def fits(button: Button) -> int:
        do, value = button.entities.get("do"), button.entities.get("value", "")
        if button.entities.get("procedure_code") in codes:
            return 0
        if button.intent != INTENT or do not in (MENU, ONE):
            return 9
        if do == ONE and value in holding:
            return 2 if "field" in button.entities else 1
        return 3 if do == MENU else 9

    best = min(buttons, key=fits, default=None)
    return best if best is not None and fits(best) < 9 else None


def session_figures(sessions: Sequence[Session]) -> dict[str, float | int | None]:
    """``within_3``: the share that reached the right procedure in three turns; ``wrong_first``: that heard another one before."""
    count = len(sessions)
    within = {
        f"within_{turns}": share(sum(one.reached is not None and one.reached <= turns for one in sessions), count)
        for turns in range(1, MOST_TURNS + 1)
    }
    return {"sessions": count, **within, "wrong_first": share(sum(one.wrong for one in sessions), count)}
