"""Carries a plan out on running processes: citizens write, processes are killed and started again, until all is calm."""

import os
import signal
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from benchmarks.chaos.evidence import Evidence, call_in_hand, gather, still_to_do, turn_in_hand
from benchmarks.chaos.phones import Phones
from benchmarks.chaos.plan import Kill, Plan, Said
from bot.storage.database import SessionFactory
from motcua.supervisor import Supervisor

_HURRY_EVERY = 1.0
_LOOK_EVERY = 0.05
_CALM_LOOKS = 2
_CALM_LOOKED = 1.0
_POSTPONED = 0.5
_WORK_WAITED = 3.0
_WORK_LOOKED = 0.005


@dataclass
class Upheaval:
    """``supervisor`` has started the processes and starts again what was killed, as it does in production."""

    supervisor: Supervisor
    phones: Phones
    sessions: SessionFactory
    say: Callable[[str], None]
    killed: Counter[str] = field(default_factory=Counter)
    _hurried: float = 0.0
    _with_next_message: list[Kill] = field(default_factory=list)

    def carry_out(self, plan: Plan, calm_seconds: float) -> Evidence:
        """Everything of the plan, then waits until nothing is on its way any more, at most ``calm_seconds``."""
        self.phones.set_up()
        numbers = [self.phones.join(channel) for channel in plan.channels]
        began = time.monotonic()
        events: list[Said | Kill] = [*plan.messages, *plan.kills]
        for event in sorted(events, key=lambda event: event.at):
            self._pass_time(began + event.at)
            if isinstance(event, Kill):
                self._meet(event)
                continue
            self.phones.write(numbers[event.citizen], event.text, event.copies)
            self._kill_gateway()
        self._kill_gateway()
        self.say(f"  … mọi tin đã gửi, {sum(self.killed.values())} lần giết; chờ lắng")
        self._wait_for_calm(calm_seconds)
        with self.sessions() as session:
            return gather(session, self.phones.citizens())

    def _kill_gateway(self) -> None:
        while self._with_next_message:
            self._kill(self._with_next_message.pop())

    def _meet(self, kill: Kill) -> None:
        """A gateway's work is over too soon to be seen: it is killed with the next message that is on its way to it."""
        if kill.process == "gateway" and kill.into_work is not None:
            self._with_next_message.append(kill)
        else:
            self._kill(kill)

    def _kill(self, kill: Kill) -> None:
        """One that is just being started again is waited for: a process can die only once."""
        while not self.supervisor.is_up(kill.process):
            self._pass_time(time.monotonic() + _POSTPONED)
        if kill.into_work is not None:
            self._wait_for_work(kill.process)
            time.sleep(kill.into_work)
        os.kill(self.supervisor.pids()[kill.process], signal.SIGKILL)
        self.killed[kill.process] += 1

    def _wait_for_work(self, process: str) -> None:
        """Waits a moment for work that the process, or one of its kind, has in hand."""
        ends = time.monotonic() + _WORK_WAITED
        while time.monotonic() < ends and not self._is_at_work(process):
            time.sleep(_WORK_LOOKED)

    def _is_at_work(self, process: str) -> bool:
        with self.sessions() as session:
            if process.startswith("sender"):
                return call_in_hand(session)
            return process == "gateway" or turn_in_hand(session, datetime.now(UTC))

    def _pass_time(self, until: float) -> None:
        while True:
            self.supervisor.look_after()
            if time.monotonic() - self._hurried > _HURRY_EVERY:
                self.phones.hurry()
                self._hurried = time.monotonic()
            left = until - time.monotonic()
            if left <= 0:
                return
            time.sleep(min(left, _LOOK_EVERY))

    def _wait_for_calm(self, seconds: float) -> None:
        """Calm is when nothing was on its way twice in a row: an event that just arrived may still lead to the next."""
        began, calm = time.monotonic(), 0
        told = began
        while calm < _CALM_LOOKS and time.monotonic() - began < seconds:
            self._pass_time(time.monotonic() + _CALM_LOOKED)
            with self.sessions() as session:
                open_turns, unsent = still_to_do(session)
            under_way = self.phones.under_way()
            calm = 0 if open_turns or unsent or under_way else calm + 1
            if time.monotonic() - told > 15:
                told = time.monotonic()
                self.say(f"    … {under_way} sự kiện đang đến, {open_turns} tin chưa xong, {unsent} câu trả lời chưa gửi")
        self.say(f"  … lắng sau {time.monotonic() - began:.0f} s" if calm else f"  ! chưa lắng sau {seconds:.0f} s")
