"""A process that works in threads and ends politely at SIGTERM or SIGINT."""

import signal
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

_STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT)
_LOOK_SECONDS = 0.5


def hold_stop_signals_back() -> None:
    """Blocks the signals in this thread and in all that start from now on: one that had them open would let a signal end the
    process at once. Call it first thing in ``main``."""
    signal.pthread_sigmask(signal.SIG_BLOCK, _STOP_SIGNALS)


def run_until_told_to_stop(run: Callable[[], None], stop: Callable[[], None]) -> None:
    """Runs ``run`` in a thread until SIGTERM or SIGINT, then calls ``stop`` and waits for its end; ends with it where it ends by
    itself, and raises what it raised.

    The main thread only waits for the signal: a handler that sets an event could meet the very lock that its own thread is
    waiting on. Our threads have the signals blocked; a thread that a library started at import has not, and there the signal
    would end the process at once if nobody handled it."""
    told: list[int] = []
    for number in _STOP_SIGNALS:
        signal.signal(number, lambda received, _frame: told.append(received))
    with ThreadPoolExecutor(1, thread_name_prefix="worker") as thread:
        running = thread.submit(run)
        while not running.done() and not told and signal.sigtimedwait(_STOP_SIGNALS, _LOOK_SECONDS) is None:
            pass
        stop()
        running.result()
