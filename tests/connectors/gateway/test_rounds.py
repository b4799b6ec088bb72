"""Work beside the turns goes on until it is stopped, and never dies silently."""

import logging
import threading

import pytest

from connectors.gateway.rounds import Rounds, going_round


class Counting(Rounds):
    """Counts its rounds; breaks in the one that it is told."""

    alarm = "alarm.counting_stopped"

    def __init__(self, breaks_in: int = 0) -> None:
        super().__init__()
        self.rounds, self.breaks_in, self.third = 0, breaks_in, threading.Event()

    def _round(self) -> float:
        self.rounds += 1
        if self.rounds == 3:
            self.third.set()
        if self.rounds == self.breaks_in:
            raise RuntimeError("a fault of ours")
        return 0.0


def test_rounds_go_on_beside_the_work_and_end_with_it(caplog: pytest.LogCaptureFixture) -> None:
    rounds = Counting()
    with going_round(rounds, "counting"):
        assert rounds.third.wait(20)
    ended_with = rounds.rounds
    assert not [thread for thread in threading.enumerate() if thread.name == "counting"]
    assert (rounds.rounds, caplog.records) == (ended_with, [])


def test_a_fault_of_ours_ends_them_with_an_alarm(caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(RuntimeError), caplog.at_level(logging.CRITICAL):
        Counting(breaks_in=2).run()
    assert [record.message for record in caplog.records] == ["alarm.counting_stopped"]
