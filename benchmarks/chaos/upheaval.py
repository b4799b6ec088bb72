"""Carries a plan out on running processes: citizens write, processes are killed and started again, until all is calm."""

import os
import signal
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from benchmarks.chaos.evidence import Evidence, gather, still_to_do
from benchmarks.chaos.phones import Phones
from benchmarks.chaos.plan import Kill, Plan, Said
from bot.storage.database import SessionFactory
from motcua.supervisor import Supervisor

_HURRY_EVERY = 1.0
_LOOK_EVERY = 0.05
_CALM_LOOKS = 2
_POSTPONED = 0.5


@dataclass
class Upheaval:
    """``supervisor`` has started the processes and starts again what was killed, as it does in production."""

    supervisor: Supervisor
    phones: Phones
    sessions: SessionFactory
    say: Callable[[str], None]
    killed: Counter[str] = field(default_factory=Counter)
    _hurried: float = 0.0

    def carry_out(self, plan: Plan, calm_seconds: float) -> Evidence:
        """Everything of the plan, then waits until nothing is on its way any more, at most ``calm_seconds``."""
        self.phones.put_clocks_back()
        numbers = [self.phones.join(channel) for channel in plan.channels]
        began = time.monotonic()
        events: list[Said | Kill] = [*plan.messages, *plan.kills]
        for event in sorted(events, key=lambda event: event.at):
            self._pass_time(began + event.at)
            if isinstance(event, Said):
                self.phones.write(numbers[event.citizen], event.text, event.copies)
            else:
                self._kill(event)
        self.say(f"  … mọi tin đã gửi, {sum(self.killed.values())} lần giết; chờ lắng")
        self._wait_for_calm(calm_seconds)
        with self.sessions() as session:
            return gather(session, self.phones.citizens())

    def _kill(self, kill: Kill) -> None:
        """One that is just being started again is waited for: a process can die only once."""
        while not self.supervisor.is_up(kill.process):
            self._pass_time(time.monotonic() + _POSTPONED)
        os.kill(self.supervisor.pids()[kill.process], signal.SIGKILL)
        self.killed[kill.process] += 1

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
            self._pass_time(time.monotonic() + _HURRY_EVERY)
            with self.sessions() as session:
                open_turns, unsent = still_to_do(session)
            under_way = self.phones.under_way()
            calm = 0 if open_turns or unsent or under_way else calm + 1
            if time.monotonic() - told > 15:
                told = time.monotonic()
                self.say(f"    … {under_way} sự kiện đang đến, {open_turns} tin chưa xong, {unsent} câu trả lời chưa gửi")
        self.say(f"  … lắng sau {time.monotonic() - began:.0f} s" if calm else f"  ! chưa lắng sau {seconds:.0f} s")
