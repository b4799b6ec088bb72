"""A lock that goes to whoever has waited longest."""

import threading
from collections import deque
from types import TracebackType


class FirstComeLock:
    """Python's own lock goes to whoever asks at the right moment, mostly the thread that has just given it back: under load some
    wait for seconds beside others that do not wait at all. This one is handed over in the order of asking. Not reentrant."""

    def __init__(self) -> None:
        self._inner = threading.Lock()
        self._held = False
        self._waiting: deque[threading.Lock] = deque()

    def __enter__(self) -> None:
        with self._inner:
            if not self._held:
                self._held = True
                return
            turn = threading.Lock()
            turn.acquire()
            self._waiting.append(turn)
        try:
            turn.acquire()
        except BaseException:  # an interrupted wait must not keep the lock from those behind it
            self._leave(turn)
            raise

    def _leave(self, turn: threading.Lock) -> None:
        with self._inner:
            if turn in self._waiting:
                self._waiting.remove(turn)
                return
        self._hand_on()

    def _hand_on(self) -> None:
        with self._inner:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._held = False

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._hand_on()
