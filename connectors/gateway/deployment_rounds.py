"""The worker's rounds of promotions, in a thread of their own: what the engine slots say, the smoke conversation, the trial's
figures."""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import uuid4

import httpx
from sqlalchemy.exc import SQLAlchemyError

from bot.conversations.clock import Clock, utc_now
from bot.settings import Settings
from bot.storage.database import SessionFactory
from bot.training.deployment import Board, Deployment
from bot.training.routes import Slot, as_slot
from bot.training.rules import RulesFileError, shipped_rules
from bot.training.slots import AWAY, SlotReport
from connectors.gateway.engine_answer import MalformedAnswerError
from connectors.gateway.engine_client import EngineClient, EngineError, EngineTurn
from connectors.gateway.engine_processes import EngineProcesses
from connectors.gateway.rounds import Rounds, going_round
from connectors.gateway.routed_engine import slot_processes

logger = logging.getLogger(__name__)

_ASK_SECONDS = 2.0


@dataclass(frozen=True)
class DeploymentPace:
    """How often: the look at the ledger (seconds; shorter while a promotion is on its way to its slot), the question to the slots
    otherwise, and the trial's figures."""

    tick: float = 2.0
    moving_tick: float = 0.5
    ask_every: timedelta = timedelta(seconds=15)
    judge_every: timedelta = timedelta(minutes=1)


class DeploymentRounds(Rounds):
    """Carries promotions on. Every worker may run one. ``ask``: what a slot says of itself; ``smoke``: why a slot's smoke
    conversation did not go well, None where it did."""

    alarm = "alarm.deployment_rounds_stopped"

    def __init__(
        self,
        deployment: Deployment,
        ask: Callable[[Slot], SlotReport],
        smoke: Callable[[Slot], str | None],
        *,
        clock: Clock = utc_now,
        pace: DeploymentPace | None = None,
    ) -> None:
        super().__init__()
        self._deployment, self._ask, self._smoke = deployment, ask, smoke
        self._clock, self._pace = clock, pace or DeploymentPace()
        self._asked_at: datetime | None = None
        self._judged_at: datetime | None = None

    def _round(self) -> float:
        return self._pace.moving_tick if self.go_round() else self._pace.tick

    def go_round(self) -> bool:
        """One round; whether a promotion is on its way to its slot."""
        try:
            board = self._deployment.board()
            if self._slots_are_due(board):
                board = self._look_at_slots(board)
                self._deployment.tidy(board)
            self._prove(board)
            now = self._clock()
            if board.route.canary is not None and (self._judged_at is None or now - self._judged_at >= self._pace.judge_every):
                self._judged_at = now
                self._deployment.watch_canary(board)
        except SQLAlchemyError as error:
            logger.error("deployment.database_away", extra={"error": type(error).__name__})
            return False
        return board.promotion is not None and board.promotion.state == "approved"

    def _slots_are_due(self, board: Board) -> bool:
        live = board.slots[board.route.live]
        moving = board.promotion is not None and board.promotion.state == "approved"
        return moving or not live.ready or self._asked_at is None or self._clock() - self._asked_at >= self._pace.ask_every

    def _look_at_slots(self, board: Board) -> Board:
        self._asked_at = self._clock()
        reports: Mapping[Slot, SlotReport] = {slot: self._ask(slot) for slot in board.slots}
        self._deployment.note(reports, board)
        return self._deployment.board()

    def _prove(self, board: Board) -> None:
        """The slot of an approved promotion: first its smoke conversation, then its turn."""
        promotion = board.promotion
        if promotion is None or promotion.state != "approved":
            return
        slot = as_slot(promotion.slot)
        view = board.slots[slot] if slot is not None else None
        if slot is not None and view is not None and view.ready and view.loaded_sha256 and not view.proven:
            why = self._smoke(slot)
            if why is not None:
                logger.error("alarm.smoke_failed", extra={"promotion": promotion.id, "slot": slot, "reason": why})
                self._deployment.failed_smoke(board, why)
                return
            self._deployment.passed_smoke(slot, view.loaded_sha256)
            board = self._deployment.board()
        self._deployment.step(board)


def ask_slot(http: httpx.Client, base: str) -> SlotReport:
    """What the slot at this address says of itself."""
    try:
        answer = http.get(f"{base}/webhooks/motcua/slot", timeout=_ASK_SECONDS)
        said = answer.json()
    except (httpx.HTTPError, ValueError):
        return AWAY
    if answer.status_code != httpx.codes.OK or not isinstance(said, Mapping):
        return AWAY
    if said.get("status") == "waiting":
        return SlotReport("waiting")
    name, sha256 = said.get("model"), said.get("sha256")
    if not isinstance(name, str) or not isinstance(sha256, str) or len(sha256) != 64:
        return AWAY
    return SlotReport("serving", _file_name(name), sha256)


def ask_processes(http: httpx.Client, addresses: Sequence[str]) -> SlotReport:
    """What a slot with these processes says of itself: all of them serve the same model, or all wait; anything between is away,
    so that no promotion begins before the last of them is ready."""
    reports = {ask_slot(http, address) for address in addresses}
    return reports.pop() if len(reports) == 1 else AWAY


def _file_name(name: str) -> str:
    """Rasa names a model without the ending of its file, or with it."""
    return (name if name.endswith(".tar.gz") else f"{name}.tar.gz")[:200]


def smoke_conversation(client: EngineClient, lines: Sequence[str]) -> str | None:
    """Says the lines in a conversation of its own; why one was not answered, or None."""
    conversation = f"smoke.{uuid4().hex}"
    for number, line in enumerate(lines, start=1):
        turn = EngineTurn(
            f"{conversation}.{number}",
            conversation,
            line,
            None,
            {"conversation_id": conversation, "channel": "webchat", "seq": number},
        )
        try:
            answer = client.turn(turn)
        except (EngineError, MalformedAnswerError) as error:
            return f"«{line}»: {error}"
        if answer.failed is not None:
            return f"«{line}»: {answer.failed}"
    return None


def smoke_conversations(slot: EngineProcesses, lines: Sequence[str]) -> str | None:
    """A smoke conversation with each process; why one did not go well, with its address where there are several."""
    for address in slot.addresses:
        why = smoke_conversation(slot.client(address), lines)
        if why is not None:
            return why if len(slot.addresses) == 1 else f"{address}: {why}"
    return None


@contextmanager
def deployment_rounds(settings: Settings, sessions: SessionFactory) -> Iterator[None]:
    """Goes round beside whatever is done within. Rules that cannot be read are an alarm, and nothing is promoted."""
    try:
        rules = shipped_rules()
    except RulesFileError as error:
        logger.critical("alarm.promotion_rules", extra={"reason": str(error)})
        yield
        return
    slots = slot_processes(settings)
    http = httpx.Client(trust_env=False)
    rounds = DeploymentRounds(
        Deployment(sessions, settings.models_dir, rules),
        lambda slot: ask_processes(http, slots[slot].addresses),
        lambda slot: smoke_conversations(slots[slot], rules.smoke),
    )
    try:
        with going_round(rounds, "deployment"):
            yield
    finally:
        http.close()
        for processes in slots.values():
            processes.close()
