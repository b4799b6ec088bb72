"""A process that is told to stop ends what it has in hand, whichever of its threads the signal meets."""

import signal
import time

from tests.connectors.processes import process

AT_WORK = """
import threading, time
# As libraries do at import: a thread that has the signals open.
threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
from connectors.gateway.stop_signals import hold_stop_signals_back, run_until_told_to_stop
hold_stop_signals_back()
told = threading.Event()
def run():
    print("at work", flush=True)
    told.wait()
    time.sleep(0.3)
    print("ended well", flush=True)
run_until_told_to_stop(run, told.set)
"""


def test_several_signals_at_once_do_not_cut_the_work_in_hand_off() -> None:
    with process(["-c", AT_WORK], {}) as running:
        assert running.stdout is not None
        assert running.stdout.readline() == "at work\n"
        for _ in range(5):
            running.send_signal(signal.SIGTERM)
            time.sleep(0.02)  # each is taken by itself and not merged with the one before
        output, _ = running.communicate(timeout=20)
    assert (running.returncode, output) == (0, "ended well\n")


def test_work_that_fails_is_told() -> None:
    broken = AT_WORK.replace("    told.wait()\n", "    raise ValueError('broken')\n")
    with process(["-c", broken], {}) as running:
        output, _ = running.communicate(timeout=20)
    assert running.returncode == 1
    assert "ValueError: broken" in output
