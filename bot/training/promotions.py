"""A candidate's way to the citizens: proposed by one, approved by another, tried, live, and back.

Every change of where turns go is one conditional UPDATE of the route's row, so of two people (or rounds) that decide at the
same moment one wins; the loser hears that the proposal moved on. Who, when and why stands in the promotion's row and in the
audit log.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from bot.accounts.audit import SYSTEM, Actor, record_audit
from bot.conversations.clock import Clock, utc_now
from bot.storage.database import SessionFactory, writing
from bot.storage.deployment_models import EngineRoute, Promotion
from bot.storage.training_models import CandidateModel
from bot.texts import say
from bot.training.assessing import assess, candidate_file
from bot.training.gate import Verdict, verdict_from
from bot.training.promoted_files import ModelFileError, keep_model
from bot.training.routes import ROUTE, Route, other, read_route
from bot.training.rules import PromotionRules
from bot.training.slots import LiveModel, SlotView, assign, read_slots

LONGEST_REASON = 400
UNDER_WAY = ("approved", "canary")


class PromotionRefusedError(ValueError):
    """The act makes no sense now or is not allowed. ``key`` names the text that says why, ``values`` fill it."""

    def __init__(self, key: str, **values: object) -> None:
        super().__init__(key)
        self.key, self.values = key, values

    @property
    def text(self) -> str:
        """Why, and what to do, in Vietnamese."""
        return say(self.key, "vi", **self.values)


@dataclass(frozen=True)
class Ending:
    """How a promotion ends: by whom and why, and what was measured until then."""

    by: Actor
    reason: str
    measured: Mapping[str, Any] | None = None


class Promotions:
    """The acts of people and of the rounds. ``models_dir``: where candidates and promoted models lie; ``head_commit``: the newest
    commit of the trainers' data, where it is known."""

    def __init__(
        self,
        sessions: SessionFactory,
        models_dir: Path,
        rules: PromotionRules,
        clock: Clock = utc_now,
        head_commit: Callable[[], str | None] = lambda: None,
    ) -> None:
        self._sessions, self._models_dir, self.rules, self._clock = sessions, models_dir, rules, clock
        self._head_commit = head_commit

    def assess(self, candidate_id: int) -> tuple[CandidateModel | None, Verdict]:
        """The candidate (None where there is none) and what the gate would say of it now."""
        return assess(self._sessions, self._models_dir, candidate_id, self.rules.gate, self._head_commit())

    def propose(self, actor: Actor, candidate_id: int, reason: str) -> int:
        """Proposes a candidate; the promotion's number. What the gate refuses is kept as refused, with its reasons.
        Raises ``PromotionRefusedError`` for an unknown candidate, one that is under way or live already, or a missing reason."""
        _check_words(reason, actor)
        candidate, verdict = self.assess(candidate_id)
        if candidate is None:
            raise PromotionRefusedError("promotion_refused_candidate")
        with writing(self._sessions) as session:
            open_ones = select(Promotion.id).where(
                Promotion.model_sha256 == candidate.sha256, Promotion.state.in_(("proposed", *UNDER_WAY, "live"))
            )
            if session.scalars(open_ones).first() is not None:
                raise PromotionRefusedError("promotion_refused_state")
            row = Promotion(
                candidate_id=candidate_id,
                model_name=candidate.name,
                model_sha256=candidate.sha256,
                state="proposed" if verdict.passed else "refused",
                proposed_by=actor.login,
                proposed_at=self._clock(),
                reason=reason.strip(),
                verdict=verdict.to_json(),
            )
            session.add(row)
            session.flush()
            details = {"model": row.model_name, "sha256": row.model_sha256, "reason": row.reason, "gate": _codes(verdict)}
            self._record(session, actor, "promotion.proposed" if verdict.passed else "promotion.gate_refused", row.id, details)
            return row.id

    def override(self, actor: Actor, promotion_id: int, reason: str) -> None:
        """Lets a model through that the gate refused, with a written reason. Raises ``PromotionRefusedError``."""
        _check_words(reason, actor)
        with writing(self._sessions) as session:
            row = _found(session, promotion_id)
            if row.state != "refused" or row.decided_by is not None:
                raise PromotionRefusedError("promotion_refused_state")
            if not verdict_from(row.verdict).may_be_overruled:
                raise PromotionRefusedError("promotion_refused_hard")
            now = self._clock()
            values = {"overridden_by": actor.login, "overridden_at": now, "override_reason": reason.strip()}
            _move(session, row.id, "refused", "proposed", **values)
            gate = _codes(verdict_from(row.verdict))
            self._record(session, actor, "promotion.gate_overridden", row.id, {"reason": reason.strip(), "gate": gate})

    def refuse(self, actor: Actor, promotion_id: int, reason: str) -> None:
        """Somebody says no to a proposal. Raises ``PromotionRefusedError``."""
        _check_words(reason, actor)
        with writing(self._sessions) as session:
            now, said = self._clock(), reason.strip()
            values = {"decided_by": actor.login, "decided_at": now, "decision_reason": said, "ended_at": now}
            _move(session, _found(session, promotion_id).id, "proposed", "refused", **values)
            self._record(session, actor, "promotion.refused", promotion_id, {"reason": said})

    def approve(self, actor: Actor, promotion_id: int, share: int, reason: str, *, finishes_itself: bool = False) -> None:
        """A second person says yes: the idle slot loads the model; it then answers ``share`` percent of the conversations. The
        gate looks once more. Raises ``PromotionRefusedError``."""
        _check_words(reason, actor)
        if share not in self.rules.canary.steps:
            raise PromotionRefusedError("promotion_refused_share", steps=_steps(self.rules))
        with self._sessions() as session:
            row, route, slots = _found(session, promotion_id), read_route(session), read_slots(session)
        if row.state != "proposed":
            raise PromotionRefusedError("promotion_refused_state")
        if row.proposed_by == actor.login:
            raise PromotionRefusedError("promotion_refused_same_person")
        if route.promotion_id is not None:
            raise PromotionRefusedError("promotion_refused_busy")
        self._judge_again(row)
        live, model = self._pinned(slots[route.live]), self._kept(row)
        slot, now, said = other(route.live), self._clock(), reason.strip()
        with writing(self._sessions) as session:
            _turn(session, route, now, promotion_id=row.id, previous_slot=None)
            decided = {"decided_by": actor.login, "decided_at": now, "decision_reason": said}
            _move(session, row.id, "proposed", "approved", slot=slot, share=share, finishes_itself=finishes_itself, **decided)
            if slots[route.live].assigned_sha256 is None:
                assign(session, route.live, live, now)
            assign(session, slot, model, now)
            details = {"reason": said, "share": share, "slot": slot, "finishes_itself": finishes_itself}
            self._record(session, actor, "promotion.approved", row.id, details)

    def begin(self, promotion_id: int) -> None:
        """The idle slot has the model and passed its smoke conversation: turns go there. Raises ``PromotionRefusedError``."""
        with writing(self._sessions) as session:
            row, route, now = _found(session, promotion_id), read_route(session), self._clock()
            if row.state != "approved" or row.slot is None or route.promotion_id != row.id:
                raise PromotionRefusedError("promotion_refused_state")
            if row.share >= 100:
                self._go_live(session, row, route, SYSTEM, {})
                return
            _turn(session, route, now, canary_slot=row.slot, share=row.share)
            _move(session, row.id, "approved", "canary", canary_at=now, share_at=now)
            self._record(session, SYSTEM, "promotion.canary_began", row.id, {"share": row.share, "slot": row.slot})

    def set_share(self, actor: Actor, promotion_id: int, share: int) -> None:
        """The trial goes on with more conversations; 100: it goes live. Raises ``PromotionRefusedError``."""
        with writing(self._sessions) as session:
            row, route, now = _found(session, promotion_id), read_route(session), self._clock()
            if row.state != "canary" or route.promotion_id != row.id:
                raise PromotionRefusedError("promotion_refused_state")
            if share not in self.rules.canary.steps or share <= row.share:
                raise PromotionRefusedError("promotion_refused_share", steps=_steps(self.rules))
            if share >= 100:
                self._go_live(session, row, route, actor, {})
                return
            _turn(session, route, now, share=share)
            _move(session, row.id, "canary", "canary", share=share, share_at=now)
            self._record(session, actor, "promotion.share_changed", row.id, {"share": share})

    def finish(self, promotion_id: int, measured: Mapping[str, Any], why: str) -> None:
        """The trial finishes itself, as its approval allowed. Raises ``PromotionRefusedError``."""
        with writing(self._sessions) as session:
            row, route = _found(session, promotion_id), read_route(session)
            if row.state != "canary" or not row.finishes_itself or route.promotion_id != row.id:
                raise PromotionRefusedError("promotion_refused_state")
            self._go_live(session, row, route, SYSTEM, {"measured": dict(measured), "end_reason": why})

    def back(self, promotion_id: int, ending: Ending) -> None:
        """Takes the model back: turns go where they went before, at once. Raises ``PromotionRefusedError``."""
        _check_words(ending.reason, ending.by)
        with writing(self._sessions) as session:
            row, route, now = _found(session, promotion_id), read_route(session), self._clock()
            was = row.state
            if was in UNDER_WAY and route.promotion_id == row.id:
                _turn(session, route, now, canary_slot=None, share=0, promotion_id=None)
            elif was == "live" and route.live_promotion_id == row.id:
                if route.previous is None:
                    raise PromotionRefusedError("promotion_refused_no_way_back")
                _turn(session, route, now, live_slot=route.previous, previous_slot=None, live_promotion_id=row.replaces_id)
                if row.replaces_id is not None:
                    _move(session, row.replaces_id, "replaced", "live", ended_at=None)
            else:
                raise PromotionRefusedError("promotion_refused_state")
            measured = {"measured": dict(ending.measured)} if ending.measured is not None else {}
            ended = {"ended_at": now, "ended_by": ending.by.login, "end_reason": ending.reason.strip()[:LONGEST_REASON]}
            _move(session, row.id, was, "returned", **ended, **measured)
            details = {"reason": ending.reason.strip(), "from": was, **measured}
            self._record(session, ending.by, "promotion.returned", row.id, details)

    def _go_live(self, session: Session, row: Promotion, route: Route, actor: Actor, values: Mapping[str, Any]) -> None:
        now, was = self._clock(), row.state
        _turn(
            session,
            route,
            now,
            live_slot=row.slot,
            canary_slot=None,
            previous_slot=route.live,
            share=0,
            promotion_id=None,
            live_promotion_id=row.id,
        )
        if route.live_promotion_id is not None:
            _move(session, route.live_promotion_id, "live", "replaced", ended_at=now)
        _move(session, row.id, was, "live", live_at=now, share=100, replaces_id=route.live_promotion_id, **values)
        self._record(session, actor, "promotion.live", row.id, {"slot": row.slot, **values})

    def _judge_again(self, row: Promotion) -> None:
        """What was true at the proposal may have changed: another model is live, the file is another."""
        if row.candidate_id is None:
            return
        _candidate, verdict = self.assess(row.candidate_id)
        if verdict.passed or (row.overridden_by is not None and verdict.may_be_overruled):
            return
        with writing(self._sessions) as session:
            _move(session, row.id, "proposed", "refused", verdict=verdict.to_json())
            self._record(session, SYSTEM, "promotion.gate_refused", row.id, {"gate": _codes(verdict)})
        raise PromotionRefusedError("promotion_refused_gate" if verdict.may_be_overruled else "promotion_refused_hard")

    def _pinned(self, live: SlotView) -> LiveModel:
        """The model that is live now, kept so that it can be gone back to whatever becomes of its file."""
        if live.assigned_name is not None and live.assigned_sha256 is not None:
            return LiveModel(live.assigned_name, live.assigned_sha256)
        if live.loaded_name is None or live.loaded_sha256 is None or Path(live.loaded_name).name != live.loaded_name:
            raise PromotionRefusedError("promotion_refused_live_unknown")
        try:
            keep_model(self._models_dir, self._models_dir / live.loaded_name, live.loaded_sha256)
        except ModelFileError as error:
            raise PromotionRefusedError("promotion_refused_file", why=str(error)) from error
        return LiveModel(live.loaded_name, live.loaded_sha256)

    def _kept(self, row: Promotion) -> LiveModel:
        try:
            file = candidate_file(self._sessions, self._models_dir, row.candidate_id)
            keep_model(self._models_dir, file, row.model_sha256)
        except ModelFileError as error:
            raise PromotionRefusedError("promotion_refused_file", why=str(error)) from error
        return LiveModel(row.model_name, row.model_sha256)

    def _record(self, session: Session, actor: Actor, act: str, promotion_id: int, details: Mapping[str, Any]) -> None:
        record_audit(session, actor, act, f"promotion:{promotion_id}", details, now=self._clock())


def _found(session: Session, promotion_id: int) -> Promotion:
    row = session.get(Promotion, promotion_id, populate_existing=True)
    if row is None:
        raise PromotionRefusedError("promotion_refused_unknown")
    return row


def _move(session: Session, promotion_id: int, was: str, state: str, **values: Any) -> None:
    moved = update(Promotion).where(Promotion.id == promotion_id, Promotion.state == was).values(state=state, **values)
    if session.execute(moved.returning(Promotion.id).execution_options(synchronize_session=False)).first() is None:
        raise PromotionRefusedError("promotion_refused_state")


def _turn(session: Session, seen: Route, now: datetime, **values: Any) -> None:
    """Changes where turns go, if that is still as it was seen."""
    if session.get(EngineRoute, ROUTE) is None:
        try:
            with session.begin_nested():
                session.add(EngineRoute(name=ROUTE, live_slot="a", share=0, fence=0, changed_at=now))
        except IntegrityError as error:
            # Somebody else decided first, at the same moment.
            raise PromotionRefusedError("promotion_refused_state") from error
    changed = (
        update(EngineRoute)
        .where(EngineRoute.name == ROUTE, EngineRoute.fence == seen.fence)
        .values(fence=seen.fence + 1, changed_at=now, **values)
        .returning(EngineRoute.fence)
        .execution_options(synchronize_session=False)
    )
    if session.execute(changed).first() is None:
        raise PromotionRefusedError("promotion_refused_state")


def _check_words(reason: str, actor: Actor) -> None:
    if not reason.strip() or len(reason.strip()) > LONGEST_REASON or not actor.login.strip() or len(actor.login) > 80:
        raise PromotionRefusedError("promotion_refused_words")


def _codes(verdict: Verdict) -> list[str]:
    return [one.code for one in verdict.refusals]


def _steps(rules: PromotionRules) -> str:
    return ", ".join(f"{one}%" for one in rules.canary.steps)
