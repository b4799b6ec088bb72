"""The encoder's lock goes to whoever has waited longest, and one who gives up keeps nobody waiting."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest

from bot.catalogue.embedding.first_come import FirstComeLock
from tests.waiting import wait_for


def queued(lock: FirstComeLock, count: int) -> bool:
    return len(lock._waiting) == count


def test_it_is_handed_over_in_the_order_of_asking() -> None:
    lock, came = FirstComeLock(), list[int]()

    def come(number: int) -> None:
        with lock:
            came.append(number)

    with ThreadPoolExecutor(8) as threads:
        with lock:
            for number in range(8):
                threads.submit(come, number)
                wait_for(partial(queued, lock, number + 1), what="one more in the queue")
        # Whoever has just given it back does not overtake those who wait.
        come(8)
    assert came == list(range(9))


def test_one_at_a_time_has_it() -> None:
    lock, inside, most = FirstComeLock(), list[int](), list[int]()

    def work(number: int) -> None:
        for _ in range(200):
            with lock:
                inside.append(number)
                most.append(len(inside))
                time.sleep(0)
                inside.pop()

    with ThreadPoolExecutor(6) as threads:
        for done in [threads.submit(work, number) for number in range(6)]:
            done.result()
    assert max(most) == 1
    assert len(most) == 6 * 200


def test_a_fault_inside_gives_it_back() -> None:
    lock = FirstComeLock()
    with pytest.raises(ValueError, match="odd"), lock:
        raise ValueError("odd")
    with lock:
        pass


def test_one_who_gives_up_waiting_leaves_the_queue(monkeypatch: pytest.MonkeyPatch) -> None:
    lock, got = FirstComeLock(), threading.Event()

    class Impatient:
        def __init__(self) -> None:
            self.asked = 0

        def acquire(self) -> bool:
            self.asked += 1
            if self.asked > 1:
                raise KeyboardInterrupt
            return True

        def release(self) -> None:
            raise AssertionError("nobody waits here any more")

    def wait() -> None:
        with lock:
            got.set()

    with lock:
        with monkeypatch.context() as patched:
            patched.setattr("bot.catalogue.embedding.first_come.threading.Lock", Impatient)
            with pytest.raises(KeyboardInterrupt):
                wait()
        assert queued(lock, 0)
        other = threading.Thread(target=wait)
        other.start()
        wait_for(partial(queued, lock, 1), what="another one in the queue")
    assert got.wait(10)
    other.join()
