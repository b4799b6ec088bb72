"""The worker: has the waiting messages answered, one at a time per conversation, several conversations side by side.

Run it with ``python -m connectors.gateway.worker``; any number of them may run. It ends cleanly on SIGTERM: the turns in
hand are finished, nothing new is claimed.
"""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import TypeVar

import httpx
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from bot import tracing
from bot.conversations.clock import Clock, utc_now
from bot.conversations.outcomes import beat, forget_expired, overdue_inbound, overdue_outbound
from bot.conversations.silent_channels import told_lately
from bot.conversations.turns import Claim, Conclusion, ConclusionResult, claim_next, conclude, put_off
from bot.eforms.store import DraftStore
from bot.handover import tell_ready
from bot.heap import settle_heap
from bot.logs import configure_logging
from bot.metrics.declared import CLAIM_SECONDS, PUT_OFF, TURNS_IN_HAND
from bot.metrics.process import observed
from bot.metrics.pulse import Pulse
from bot.metrics.readiness import Readiness, ledger_readiness
from bot.officers.people import People
from bot.secret_strength import refuse_weak_secrets
from bot.settings import Settings
from bot.storage.connections import ledger_of
from bot.storage.database import SessionFactory
from bot.storage.wakeup import PolledWakeup, Wakeup, wakeup_for
from bot.switches.watch import SwitchWatch
from bot.tracing import configure_tracing
from connectors.gateway import people_rules, turn_metrics, turn_rules
from connectors.gateway.attachments.notices import AttachmentNotices, ReceivesAttachments, attachment_reception
from connectors.gateway.deployment_rounds import deployment_rounds
from connectors.gateway.engine_answer import MalformedAnswerError
from connectors.gateway.engine_client import Engine, EngineError, EngineUnavailable
from connectors.gateway.forgetting import forget_dossiers
from connectors.gateway.labelling_rounds import labelling_rounds
from connectors.gateway.notice_rounds import notice_rounds
from connectors.gateway.outreach_desk import OutreachDesk
from connectors.gateway.portal_rounds import portal_rounds
from connectors.gateway.readiness import AssistantReadiness, answers_ok
from connectors.gateway.review_rounds import review_rounds
from connectors.gateway.rights_desk import RightsDesk
from connectors.gateway.routed_engine import routed_engine
from connectors.gateway.scheduled import scheduled_rounds
from connectors.gateway.scheduled_tasks import scheduled_tasks
from connectors.gateway.stop_signals import hold_stop_signals_back, run_until_told_to_stop
from connectors.gateway.talk_ratings import FarewellRatings, talk_rating_rules
from connectors.gateway.traced_events import turn_span
from connectors.gateway.turn_steps import CONCLUSIONS, engine_turn
from connectors.gateway.worker_pace import WorkerPace, worker_name

logger = logging.getLogger(__name__)

T = TypeVar("T")

HEARTBEAT_KIND = "worker"


class Worker:
    """Claims conversations, asks the engine, writes the conclusions."""

    def __init__(
        self,
        sessions: SessionFactory,
        engine: Engine,
        *,
        clock: Clock = utc_now,
        name: str | None = None,
        pace: WorkerPace | None = None,
        wakeup: Wakeup | None = None,
        sleep: Callable[[float], None] = time.sleep,
        attachments: ReceivesAttachments | None = None,
        ready: Callable[[], bool] = lambda: True,
        also_forget: Sequence[Callable[[], int]] = (),
        people: People | None = None,
        rights: RightsDesk | None = None,
        outreach: OutreachDesk | None = None,
        farewell: Callable[[Claim, Conclusion], Conclusion] = lambda _claim, conclusion: conclusion,
        pulse: Pulse | None = None,
    ) -> None:
        self.name = name or worker_name()
        self._sessions = sessions
        self._engine = engine
        self._clock = clock
        self._pace = pace or WorkerPace()
        self._wakeup = wakeup or PolledWakeup()
        self._sleep = sleep
        self._attachments = attachments
        self._ready = ready
        self._also_forget = also_forget
        self._people = people
        self._rights = rights
        self._outreach = outreach
        self._farewell = farewell
        self._pulse = pulse or Pulse()
        self._switches = SwitchWatch(sessions, clock)
        self._stop = threading.Event()
        self._last_beat: datetime | None = None
        self._last_forget: datetime | None = None
        self._last_reconciled: datetime | None = None

    def stop(self) -> None:
        """Asks ``run`` to end after the turns in hand. Safe to call from a signal handler or another thread."""
        self._stop.set()
        self._wakeup.ring()

    def run(self) -> None:
        """Works until ``stop``; returns when the turns in hand are concluded. A database that is away is waited for."""
        free = threading.Semaphore(self._pace.conversations_at_once)
        logger.info("worker.started", extra={"worker": self.name})
        with ThreadPoolExecutor(self._pace.conversations_at_once, thread_name_prefix="turn") as turns:
            while not self._stop.is_set():
                self._pulse.beat()
                try:
                    self._do_rounds()
                    if not free.acquire(timeout=0.5):
                        continue
                    claim = self._claim_for(free)
                except SQLAlchemyError as error:
                    logger.error("worker.database_away", extra={"worker": self.name, "error": type(error).__name__})
                    self._stop.wait(1.0)
                    continue
                if claim is not None:
                    TURNS_IN_HAND.inc()
                    turns.submit(self.carry_out, claim).add_done_callback(partial(self._after_turn, claim, free))
                if claim is None or not claim.others_wait:
                    self._wait_for_work(looked_in_vain=claim is None)
        logger.info("worker.stopped", extra={"worker": self.name})

    def run_once(self) -> bool:
        """Claims and concludes one turn in this thread; False where nothing was due. For tests and one-off repairs."""
        claim = self._claim()
        if claim is not None:
            self.carry_out(claim)
        return claim is not None

    def _wait_for_work(self, *, looked_in_vain: bool) -> None:
        """Until something may be due. Who looked in vain rests a little first, so that many notices cause few looks."""
        if looked_in_vain:
            self._stop.wait(self._pace.rest_seconds)
        self._wakeup.wait(self._stop, longest=self._pace.looks_every_seconds)

    def _claim_for(self, free: threading.Semaphore) -> Claim | None:
        """A claim for the free hand that was just taken; the hand is given back where there is none."""
        claim: Claim | None = None
        try:
            claim = self._claim()
        finally:
            if claim is None:
                free.release()
        return claim

    def _claim(self) -> Claim | None:
        within = self._people.reopen_within if self._people is not None else timedelta(0)
        began = time.perf_counter()
        claim = claim_next(self._sessions, self.name, self._clock(), self._pace.lease, within)
        if claim is not None:
            CLAIM_SECONDS.observe(time.perf_counter() - began)
        return claim

    def _do_rounds(self) -> None:
        now = self._clock()
        if self._last_beat is None or now - self._last_beat >= self._pace.heartbeat_every:
            beat(self._sessions, self.name, HEARTBEAT_KIND, now)
            self._last_beat = now
        if self._last_reconciled is None or now - self._last_reconciled >= self._pace.reconcile_every:
            self._last_reconciled = now
            self._reconcile(now)
            if self._people is not None:
                self._people.rounds.make(now)
        if self._last_forget is None or now - self._last_forget >= self._pace.forget_every:
            forgotten = forget_expired(self._sessions, now) + sum(forget() for forget in self._also_forget)
            logger.info("ledger.forgot_expired", extra={"count": forgotten})
            self._last_forget = now

    def _reconcile(self, now: datetime) -> None:
        """Calls people where a message has waited for its outcome, or for its sending, much longer than any turn takes."""
        with self._sessions() as session:
            overdue = overdue_inbound(session, self._pace.overdue_after, now)
            unsent = overdue_outbound(session, self._pace.overdue_after, now)
        if overdue:
            ids = [one.inbound_id for one in overdue[:20]]
            logger.error("alarm.inbound_without_outcome", extra={"count": len(overdue), "inbound_ids": ids})
        if unsent:
            logger.error("alarm.outbound_waiting", extra={"count": len(unsent), "outbound_ids": unsent[:20]})
        if self._rights is not None:
            self._rights.each_minute()

    def _after_turn(self, claim: Claim, free: threading.Semaphore, turn: "Future[None]") -> None:
        """Frees the hand. A fault of ours leaves the event as it is: the lease runs out, it is claimed again, and after its
        last attempt the citizen is told."""
        fault = turn.exception()
        if fault is not None:
            logger.error("turn.fault", extra=_ids(claim), exc_info=fault)
        TURNS_IN_HAND.dec()
        free.release()

    def carry_out(self, claim: Claim) -> None:
        """One turn, from the claim to its conclusion (or to another attempt later)."""
        with turn_span(claim, self._clock()):
            self._carry_out(claim)

    def _carry_out(self, claim: Claim) -> None:
        step = turn_rules.next_step(claim)
        if step == "stay_silent":
            logger.error("alarm.speaker_unknown", extra=_ids(claim))
        taken = self._taken_by_outreach(claim, step)
        if isinstance(taken, Conclusion):
            self._conclude(claim, turn_rules.with_notices(taken, claim))
            return
        claim = taken
        if step != "ask_engine":
            self._conclude(claim, self._without_engine(claim, step))
            return
        channel_off = self._switches().off("channel", claim.channel)
        if channel_off is not None and not turn_rules.asks_for_a_person(claim):
            tell = not self._with_database(lambda: told_lately(self._sessions, claim.conversation_id, self._clock()))
            self._conclude(claim, turn_rules.channel_off(channel_off, tell=tell))
            return
        if self._waits_for_the_assistant(claim):
            self._put_off(claim, self._pace.look_again_after, "assistant_starting", counted=False)
            return
        notices = self._look_at_attachments(claim)
        if notices is not None and notices.papers:
            claim = replace(claim, act=turn_rules.papers_came(notices.papers))
        if claim.text is None and claim.act is None:
            told, detail = (notices.messages, notices.detail) if notices is not None else ((), "nothing_to_answer")
            self._conclude(claim, turn_rules.with_notices(turn_rules.only_attachments(told, detail), claim))
            return
        try:
            answer = self._engine.turn(engine_turn(claim))
        except EngineUnavailable as error:
            self._try_again_or_tell(claim, error)
        except EngineError as error:
            logger.error("engine.failed", extra=_ids(claim) | {"reason": error.reason})
            self._conclude(claim, turn_rules.engine_failed(error.reason, error.slot))
        except MalformedAnswerError as error:
            logger.error("engine.malformed_answer", extra=_ids(claim) | {"reason": str(error)})
            self._conclude(claim, turn_rules.failed("engine_malformed_answer"))
        else:
            said_before = notices.messages if notices is not None else ()
            conclusion = self._received(claim, turn_rules.answered(answer))
            conclusion = self._farewell(claim, turn_rules.with_notices(conclusion, claim, said_before))
            self._conclude(claim, turn_rules.said_by_the_system(conclusion) if channel_off is not None else conclusion)

    def _taken_by_outreach(self, claim: Claim, step: turn_rules.Step) -> Conclusion | Claim:
        """What a turn means for news; the turn (perhaps with another act) where it goes on."""
        desk = self._outreach
        if desk is None or step not in ("ask_engine", "wait_for_officer"):
            return claim
        return self._with_database(lambda: desk.take(claim)) or claim

    def _without_engine(self, claim: Claim, step: turn_rules.Step) -> Conclusion:
        conclusion = CONCLUSIONS[step](claim)
        if step == "wait_for_officer" and (rights := self._rights) is not None:
            return self._with_database(lambda: rights.beside_officer(claim, conclusion))
        if step == "rate" and (outreach := self._outreach) is not None:
            return self._with_database(lambda: outreach.after_rating(claim, conclusion))
        return conclusion

    def _received(self, claim: Claim, conclusion: Conclusion) -> Conclusion:
        """The conclusion; where it hands over, with the team and what the citizen hears of it."""
        people, request = self._people, conclusion.handoff
        if people is None or request is None:
            return conclusion
        reception = self._with_database(lambda: people.desk.receive(claim.conversation_id, request, self._clock()))
        return people_rules.received(conclusion, reception)

    def _waits_for_the_assistant(self, claim: Claim) -> bool:
        """Whether the turn is better put off: a part of the assistant is starting, and the citizen has not waited for long."""
        if claim.received_at is None or self._clock() - claim.received_at >= self._pace.waits_for_assistant:
            return False
        return not self._ready()

    def _look_at_attachments(self, claim: Claim) -> AttachmentNotices | None:
        """What the citizen must hear of what they sent beside text; None where they sent nothing else."""
        desk = self._attachments
        if desk is None or not claim.circumstances.get("attachments"):
            return None
        return self._with_database(lambda: desk.look_at(claim))

    def _try_again_or_tell(self, claim: Claim, error: EngineUnavailable) -> None:
        logger.warning("engine.unavailable", extra=_ids(claim) | {"reason": error.reason, "attempt": claim.attempt})
        if claim.attempt > len(self._pace.retry_after) or claim.attempt >= turn_rules.MAX_ATTEMPTS:
            self._conclude(claim, turn_rules.engine_failed(error.reason, error.slot))
            return
        self._put_off(claim, self._pace.retry_after[claim.attempt - 1], "engine_unavailable")

    def _put_off(self, claim: Claim, pause: timedelta, why: str, *, counted: bool = True) -> None:
        until = self._clock() + pause
        PUT_OFF.labels(why).inc()
        self._with_database(lambda: put_off(self._sessions, claim, until, counted=counted))
        self._look_again(until)

    def _look_again(self, due: datetime) -> None:
        """At this moment there may be work of which nobody will be told."""
        self._wakeup.ring((due - self._clock()).total_seconds())

    def _conclude(self, claim: Claim, conclusion: Conclusion) -> None:
        with tracing.span("conclude", outcome=conclusion.outcome, detail=conclusion.detail) as span:
            result: ConclusionResult = self._with_database(
                lambda: conclude(self._sessions, claim, conclusion, self._clock(), self._look_again)
            )
            span.note(result=result, messages=len(conclusion.lines), intent=(conclusion.nlu or {}).get("intent"))
        turn_metrics.concluded(claim, conclusion, result, self._clock())
        logger.info(
            "turn.concluded",
            extra=_ids(claim) | {"outcome": conclusion.outcome, "detail": conclusion.detail, "result": result},
        )

    def _with_database(self, write: Callable[[], T]) -> T:
        """Writes, again after a pause where the database is away for a moment: the engine's answer must not be lost."""
        for pause in self._pace.database_retry_seconds:
            try:
                return write()
            except (DBAPIError, PoolTimeoutError) as error:
                logger.warning("worker.write_again", extra={"worker": self.name, "error": type(error).__name__})
                self._sleep(pause)
        return write()


def _ids(claim: Claim) -> dict[str, object]:
    return {"conversation_id": claim.conversation_id, "seq": claim.seq, "fence": claim.fence, "worker": claim.worker}


def main() -> None:
    """Runs a worker until SIGTERM or SIGINT. A missing setting stops the start, by name."""
    hold_stop_signals_back()
    settings = Settings()
    configure_logging(settings.log_level, "worker", settings.log_format)
    refuse_weak_secrets(settings)
    end_tracing = configure_tracing("worker")
    database = ledger_of(settings)
    client = routed_engine(settings, database.sessions)
    wakeup = wakeup_for(settings.database_url, direct_url=settings.database_direct_url)
    local, pulse = httpx.Client(trust_env=False), Pulse()
    actions_health = f"{settings.actions_address}/health"
    try:
        drafts = DraftStore(database.sessions, settings.ledger_key.get_secret_value())
        attachments = attachment_reception(settings, database.sessions)
        rights = RightsDesk.from_settings(settings, database.sessions)
        ready = AssistantReadiness([client.is_healthy, lambda: answers_ok(local, actions_health)])
        forgets = [drafts.purge_expired, forget_dossiers(database.sessions), rights.retain]
        worker = Worker(
            database.sessions,
            client,
            wakeup=wakeup,
            attachments=attachments,
            ready=ready,
            also_forget=forgets,
            people=People.from_settings(settings, database.sessions),
            rights=rights,
            outreach=OutreachDesk.from_settings(settings, database.sessions),
            farewell=FarewellRatings(database.sessions, talk_rating_rules(settings), utc_now),
            pulse=pulse,
        )

        def look() -> Readiness:
            return ledger_readiness(database.engine, loop=pulse.begun, engine=client.is_healthy())

        with (
            observed(settings, "worker", pulse, look),
            notice_rounds(settings, database.sessions),
            portal_rounds(settings, database.sessions),
            review_rounds(database.sessions),
            deployment_rounds(settings, database.sessions),
            labelling_rounds(settings, database.sessions),
            scheduled_rounds(database.sessions, scheduled_tasks(settings, database.sessions)),
        ):
            settle_heap()
            tell_ready()
            run_until_told_to_stop(worker.run, worker.stop)
    finally:
        wakeup.close()
        client.close()
        local.close()
        database.engine.dispose()
        end_tracing()


if __name__ == "__main__":
    main()
