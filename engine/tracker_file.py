"""Conversations in a file of this machine: each statement at once, in the caller's own thread; the disk waited for elsewhere.

A statement on SQLite takes some 20 µs, and lets go of the interpreter a few times meanwhile. In a thread of its own it waits at
each of these places until the event loop pauses, and takes the event loop's processor: a third of a turn's time
(docs/decisions/0057-conversations-in-a-file-at-once.md). What may take long does not happen here: waiting for another writer is
left to the caller, waiting for the disk and the tidying of SQLite's log to a thread.
"""

import asyncio
import contextlib
import os
import sqlite3
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

WRITINGS_PER_CHECKPOINT = 300
"""Writings after which SQLite's log is brought into the file; about as many as fill the thousand pages of SQLite's own rule."""

_SYNC = getattr(os, "fdatasync", os.fsync)


class NotAtOnceError(Exception):
    """It cannot be done at once: somebody else writes, or the file is not there, not ready or another one. Nothing is changed,
    unless the statement itself was ambiguous; say it again in a way that waits."""


def file_identity(file: str) -> tuple[int, int] | None:
    """Tells a file from another one of the same name; None where there is none."""
    with contextlib.suppress(OSError):
        found = os.stat(file)
        return found.st_dev, found.st_ino
    return None


class _Opened:
    """One connection to the file, and SQLite's log beside it."""

    def __init__(self, file: str) -> None:
        self.identity = file_identity(file)
        if self.identity is None:
            raise NotAtOnceError("there is no file")
        with contextlib.ExitStack() as undone:
            self.link = sqlite3.connect(file, timeout=0, isolation_level=None, check_same_thread=False)
            undone.callback(self.link.close)
            if self.link.execute("PRAGMA journal_mode").fetchone() != ("wal",):
                raise NotAtOnceError("the file has no write-ahead log")
            # Both are done in a thread: see TrackerFile.on_disk.
            self.link.execute("PRAGMA synchronous=NORMAL")
            self.link.execute("PRAGMA wal_autocheckpoint=0")
            self.link.execute("SELECT count(*) FROM sqlite_master").fetchone()  # makes the log where there is none yet
            self.log = os.open(f"{file}-wal", os.O_RDONLY)
            undone.pop_all()

    def close(self) -> None:
        self.link.close()
        os.close(self.log)


class TrackerFile:
    """Statements on the file at once. For the thread of one event loop."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._opened: _Opened | None = None
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="tracker-disk")
        self._under_way = False
        self._next: asyncio.Future[None] | None = None
        self._writings = 0

    def say(self, statement: str, values: Mapping[str, Any]) -> tuple[tuple[Any, ...] | None, int]:
        """The first row, if any, and the number of rows that were changed. What was changed survives the process at once and a
        failure of the machine after ``on_disk``. Raises ``NotAtOnceError``."""
        try:
            opened = self._current()
            cursor = opened.link.execute(statement, values)
            row, changed = (cursor.fetchone() if cursor.description else None), cursor.rowcount
            cursor.close()
        except sqlite3.OperationalError as error:
            if getattr(error, "sqlite_errorcode", 0) & 0xFF != sqlite3.SQLITE_BUSY:  # the lowest byte tells the kind
                self.close()
            raise NotAtOnceError(type(error).__name__) from error
        except (sqlite3.Error, OSError) as error:
            self.close()
            raise NotAtOnceError(type(error).__name__) from error
        self._writings += changed > 0
        return row, changed

    async def on_disk(self) -> None:
        """Returns when all that was changed before would survive a failure of the machine. Those who ask while the disk is at
        work wait for its next round together. Raises ``OSError``."""
        if self._next is None:
            self._next = asyncio.get_running_loop().create_future()
        mine = self._next
        if not self._under_way:
            self._begin_round(mine)
        await asyncio.shield(mine)

    def close(self) -> None:
        """Lets go of the file; the next statement opens it anew."""
        opened, self._opened = self._opened, None
        if opened is not None:
            # After the rounds that may still be at work on it.
            self._thread.submit(opened.close)

    def _current(self) -> _Opened:
        """The open file; anew where another one has taken its place."""
        if self._opened is None or self._opened.identity != file_identity(self._file):
            self.close()
            self._opened = _Opened(self._file)
        return self._opened

    def _begin_round(self, waited_for: "asyncio.Future[None]") -> None:
        self._next, self._under_way = None, True
        opened, checkpoint = self._opened, self._writings >= WRITINGS_PER_CHECKPOINT
        if checkpoint:
            self._writings = 0
        work = self._thread.submit(self._round, opened.log if opened else None, checkpoint)
        loop = asyncio.get_running_loop()
        work.add_done_callback(lambda done: loop.call_soon_threadsafe(self._end_round, waited_for, done))

    def _end_round(self, waited_for: "asyncio.Future[None]", done: "Future[None]") -> None:
        self._under_way = False
        error = done.exception()
        if not waited_for.done():
            if error is None:
                waited_for.set_result(None)
            else:
                waited_for.set_exception(error)
                waited_for.exception()  # whoever waited may have given up
        if self._next is not None:
            self._begin_round(self._next)

    def _round(self, log: int | None, checkpoint: bool) -> None:
        if log is None:
            raise OSError("the file was lost before it was on the disk")
        _SYNC(log)
        if checkpoint and Path(self._file).is_file():
            # Passive: waits for nobody, and what it could not do waits for the next.
            with contextlib.suppress(sqlite3.Error), contextlib.closing(sqlite3.connect(self._file)) as link:
                link.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
