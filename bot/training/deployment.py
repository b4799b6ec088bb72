"""What is done about promotions without anybody pressing a button: a slot that is ready begins, one that never is ends, a trial
that does worse goes back, slots that nobody needs are emptied."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.accounts.audit import SYSTEM
from bot.conversations.clock import Clock, utc_now
from bot.storage.database import SessionFactory, writing
from bot.storage.deployment_models import EngineSlot, Promotion
from bot.texts import say
from bot.training.canary import Comparison, compare, count_since, may_finish, stored_counts, worst
from bot.training.promoted_files import drop_unused
from bot.training.promotions import Ending, PromotionRefusedError, Promotions
from bot.training.routes import Route, Slot, as_slot, other, read_route
from bot.training.rules import PromotionRules
from bot.training.slots import SlotReport, SlotView, assign, changes_something, needed_files, note_report, read_slots


@dataclass(frozen=True)
class Board:
    """Everything about promotions at one moment. ``promotion``: the one under way."""

    route: Route
    slots: Mapping[Slot, SlotView]
    promotion: Promotion | None = None


def read_board(session: Session) -> Board:
    """The board now."""
    route = read_route(session)
    promotion = session.get(Promotion, route.promotion_id) if route.promotion_id is not None else None
    return Board(route, read_slots(session), promotion)


class Deployment:
    """The steps of a round. Every worker may take them; each is one conditional change, so that twice does no harm."""

    def __init__(self, sessions: SessionFactory, models_dir: Path, rules: PromotionRules, clock: Clock = utc_now) -> None:
        self._sessions, self._models_dir, self._rules, self._clock = sessions, models_dir, rules, clock
        self._promotions = Promotions(sessions, models_dir, rules, clock)

    def board(self) -> Board:
        """The board now."""
        with self._sessions() as session:
            return read_board(session)

    def note(self, reports: Mapping[Slot, SlotReport], board: Board) -> None:
        """Writes down what the slots say, where it is news."""
        now = self._clock()
        news = {slot: one for slot, one in reports.items() if changes_something(board.slots[slot], one, now)}
        if not news:
            return
        with writing(self._sessions) as session:
            for slot, report in news.items():
                note_report(session, slot, report, now)

    def passed_smoke(self, slot: Slot, sha256: str) -> None:
        """The smoke conversation went well with this model."""
        with writing(self._sessions) as session:
            row = session.get(EngineSlot, slot)
            if row is not None and row.loaded_sha256 == sha256:
                row.smoke_sha256, row.fault = sha256, None

    def failed_smoke(self, board: Board, why: str) -> None:
        """The smoke conversation did not go well: the model never meets a citizen."""
        if board.promotion is not None:
            self._end(board.promotion, say("promotion_end_smoke", why=why))

    def step(self, board: Board) -> None:
        """Begins what is ready; ends what is not ready in time."""
        promotion = board.promotion
        slot = as_slot(promotion.slot) if promotion is not None else None
        if promotion is None or promotion.state != "approved" or slot is None:
            return
        if board.slots[slot].proven:
            self._try(lambda: self._promotions.begin(promotion.id))
        elif promotion.decided_at is not None and self._clock() - promotion.decided_at > self._patience:
            seconds = f"{self._rules.canary.ready_seconds:g}"
            self._end(promotion, say("promotion_end_not_ready", slot=slot, seconds=seconds))

    @property
    def _patience(self) -> timedelta:
        return timedelta(seconds=self._rules.canary.ready_seconds)

    def watch_canary(self, board: Board) -> list[Comparison]:
        """Judges the trial under way: back where it is worse, live where it may finish itself. Returns what was compared."""
        promotion, canary = board.promotion, board.route.canary
        if promotion is None or promotion.state != "canary" or canary is None or promotion.share_at is None:
            return []
        with self._sessions() as session:
            counts = count_since(session, promotion.share_at)
        compared = compare(counts[canary], counts[board.route.live], self._rules.canary)
        measured = stored_counts(counts, canary, board.route.live)
        bad = worst(compared)
        if bad is not None:
            self._end(promotion, why_worse(bad), measured)
        elif promotion.finishes_itself and may_finish(
            counts[canary], compared, promotion.share_at, self._clock(), self._rules.canary
        ):
            hours, n = f"{self._rules.canary.finish_after_hours:g}", counts[canary].conversations
            why = say("promotion_end_finished", hours=hours, n=n)
            self._try(lambda: self._promotions.finish(promotion.id, measured, why))
        return compared

    def tidy(self, board: Board) -> None:
        """Empties slots that nobody needs once the live one answers, and deletes files that no slot needs."""
        if not board.slots[board.route.live].ready or board.promotion is not None:
            return
        freed = [slot for slot in self._free(board) if board.slots[slot].assigned_sha256 is not None]
        if not freed:
            return
        with writing(self._sessions) as session:
            if read_route(session).fence != board.route.fence:
                return
            for slot in freed:
                assign(session, slot, None, self._clock())
            needed = needed_files(read_slots(session))
        drop_unused(self._models_dir, needed)

    def _free(self, board: Board) -> list[Slot]:
        """The slots that serve nothing any more. Slot a serves the installation's own model again once nothing promoted is
        live."""
        route = board.route
        free = [] if route.previous is not None else [other(route.live)]
        if route.live == "a" and route.live_promotion_id is None and route.previous is None:
            free.append("a")
        return free

    def _end(self, promotion: Promotion, reason: str, measured: Mapping[str, Any] | None = None) -> None:
        self._try(lambda: self._promotions.back(promotion.id, Ending(SYSTEM, reason, measured)))

    def _try(self, act: Callable[[], None]) -> None:
        """Another worker, or a person, may have been faster: then there is nothing left to do."""
        try:
            act()
        except PromotionRefusedError:
            return


def why_worse(bad: Comparison, language: str = "vi") -> str:
    """Why a trial ended, with its figures, as people read it."""
    return say(
        "promotion_end_worse",
        language,
        what=say(f"measure_{bad.measure}", language),
        canary_share=_percent(bad.canary, bad.canary_n),
        canary_count=bad.canary,
        canary_n=bad.canary_n,
        live_share=_percent(bad.live, bad.live_n),
        live_count=bad.live,
        live_n=bad.live_n,
        p=f"{bad.p or 0.0:.4f}".replace(".", ","),
    )


def _percent(count: int, n: int) -> str:
    return f"{100 * count / n:.1f}".replace(".", ",") if n else "–"


def returned_since(session: Session, since: datetime) -> list[Promotion]:
    """The promotions that the product itself sent back since this moment, the newest first: trainers are told of them."""
    found = select(Promotion).where(
        Promotion.state == "returned", Promotion.ended_by == SYSTEM.login, Promotion.ended_at >= since
    )
    return list(session.scalars(found.order_by(Promotion.ended_at.desc())))
