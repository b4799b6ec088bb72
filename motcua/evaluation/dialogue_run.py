"""Holding dialogues with the running product: over the web chat as a citizen, and with a look into the ledger afterwards."""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Protocol

from sqlalchemy import select

from bot.storage.database import SessionFactory
from bot.storage.models import ButtonToken, Handoff
from motcua.evaluation.dialogue_files import Dialogue, Turn
from motcua.evaluation.dialogue_verdict import Answer, judged_turn, loosely
from motcua.evaluation.outcomes import Judged
from motcua.webchat_client import ChatError

_LONGEST_RETRY = 120


class Citizen(Protocol):
    """One conversation; ``motcua.webchat_client.WebchatClient`` fits."""

    conversation_id: str

    def say(self, text: str) -> list[dict[str, Any]]: ...
    def press(self, token: str) -> list[dict[str, Any]]: ...
    def close(self) -> None: ...


class Witness(Protocol):
    """What only the ledger knows; ``LedgerWitness`` fits."""

    def codes_behind(self, tokens: Sequence[str]) -> frozenset[str]: ...
    def handoffs(self, conversation_id: str) -> list[str]: ...


class LedgerWitness:
    """Reads what a citizen does not see: the acts behind buttons, the reasons of handoffs. Writes nothing."""

    def __init__(self, sessions: SessionFactory) -> None:
        self._sessions = sessions

    def codes_behind(self, tokens: Sequence[str]) -> frozenset[str]:
        """The procedure codes that these buttons stand for."""
        with self._sessions() as session:
            acts = session.scalars(select(ButtonToken.act).where(ButtonToken.token.in_(list(tokens)))).all()
        codes = (act.get("entities", {}).get("procedure_code") for act in acts)
        return frozenset(code for code in codes if code)

    def handoffs(self, conversation_id: str) -> list[str]:
        """The reasons of all handoffs of a conversation, the first first."""
        query = select(Handoff.reason).where(Handoff.conversation_id == conversation_id).order_by(Handoff.id)
        with self._sessions() as session:
            return list(session.scalars(query))


def typed(dialogue: Dialogue, change: Callable[[str], str]) -> Dialogue:
    """The same dialogue with every typed text changed, for example without marks; buttons keep their titles."""
    turns = (turn if turn.citizen is None else replace(turn, citizen=change(turn.citizen)) for turn in dialogue.turns)
    return replace(dialogue, turns=tuple(turns))


def opened(open_citizen: Callable[[], Citizen], pause: Callable[[float], None] = time.sleep) -> Citizen:
    """A new conversation; waits where the gateway says that there were too many of late. Raises ``ChatError``."""
    waited = 0.0
    while True:
        try:
            return open_citizen()
        except ChatError as error:
            if error.retry_after is None or waited > _LONGEST_RETRY:
                raise
            waited += error.retry_after
            pause(error.retry_after)


def held(dialogue: Dialogue, citizen: Citizen, witness: Witness) -> Iterator[Judged]:
    """The turns of one dialogue, each judged as soon as it is answered."""
    buttons: list[Mapping[str, Any]] = []
    known = len(witness.handoffs(citizen.conversation_id))
    for turn in dialogue.turns:
        try:
            messages = _done(turn, citizen, buttons)
        except ChatError as error:
            yield judged_turn(dialogue, turn, Answer(error=str(error)))
            continue
        shown = [button for message in messages for button in message.get("buttons", ())]
        buttons = shown or buttons
        reasons = witness.handoffs(citizen.conversation_id)
        yield judged_turn(
            dialogue,
            turn,
            Answer(
                messages=tuple(messages),
                offered_codes=witness.codes_behind([button["token"] for button in shown if button.get("token")]),
                titles=tuple(button["title"] for button in shown),
                handoffs=tuple(reasons[known:]),
            ),
        )
        known = len(reasons)


def _done(turn: Turn, citizen: Citizen, buttons: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    if turn.citizen is not None:
        return citizen.say(turn.citizen)
    wanted = loosely(turn.press or "")
    tokens = [(loosely(button["title"]), button["token"]) for button in buttons if button.get("token")]
    exact = [token for title, token in tokens if title == wanted]
    near = [token for title, token in tokens if title.startswith(wanted) or wanted.startswith(title)]
    chosen = exact or (near if len(near) == 1 else [])
    if not chosen:
        raise ChatError(f"không có nút «{turn.press}»")
    return citizen.press(chosen[0])
