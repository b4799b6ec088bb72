# ruff: noqa: E402, PT009, PT027 (no pytest here; the import stub goes first)
"""Runs inside ``.venv-engine`` against the empty database at ``TRACKER_URL``: what a message costs, and that nothing is lost
or comes back when somebody else writes or forgets a conversation in the middle of a turn."""

import asyncio
import contextlib
import json
import os
import sqlite3
import threading
import unittest
import unittest.mock
import uuid
from collections.abc import Callable, Coroutine, Iterator
from typing import Any

from engine.import_stub import install_import_stub

install_import_stub()

import sqlalchemy as sa
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, SessionStarted, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from sqlalchemy.exc import DBAPIError

from engine import tracker_file
from engine.environment import MisconfiguredError
from engine.short_history import History
from engine.tracker_database import TrackerDatabase, database_url
from engine.tracker_store import LoudTrackerStore, TrackerChangedError, TrackerStoreAwayError

URL = os.environ["TRACKER_URL"]
ON_POSTGRES = URL.startswith("postgres")
DOMAIN = Domain.from_yaml(
    """
version: "3.1"
intents: [ask]
actions: [action_answer]
slots: {dialogue: {type: any, influence_conversation: false, mappings: [{type: custom}]}}
"""
)


def new_store() -> LoudTrackerStore:
    """A store as another engine process has it."""
    store = LoudTrackerStore(DOMAIN)
    store.history = History(states=2, visible=3)
    return store


def run(work: Coroutine[Any, Any, Any]) -> Any:
    return asyncio.run(work)


def take_a_turn(tracker: DialogueStateTracker, value: str) -> DialogueStateTracker:
    if not tracker.events:
        for event in (ActionExecuted("action_session_start"), SessionStarted(), ActionExecuted("action_listen")):
            tracker.update(event)
    said = UserUttered("lệ phí bao nhiêu\ud800\x00", {"name": "ask", "confidence": 0.9}, [])
    for event in (said, ActionExecuted("action_answer"), SlotSet("dialogue", value), ActionExecuted("action_listen")):
        tracker.update(event)
    return tracker


async def turn(store: LoudTrackerStore, sender: str, value: str) -> None:
    tracker = await store.get_or_create_tracker(sender, append_action_listen=False)
    await store.save(take_a_turn(tracker, value))


@contextlib.contextmanager
def statements(store: LoudTrackerStore) -> Iterator[list[str]]:
    """What is said to the database meanwhile."""
    said: list[str] = []

    def note(_link: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        said.append(statement)

    quickly = store.database._quickly

    def noted(link: Any, statement: str, values: Any) -> Any:
        said.append(statement)
        return quickly(link, statement, values)

    at_once = store.database._at_once

    def noted_at_once(statement: str, values: Any) -> Any:
        found = at_once(statement, values)
        said.append(statement)
        return found

    sa.event.listen(store.database.engine, "before_cursor_execute", note)
    with (
        unittest.mock.patch.object(store.database, "_quickly", noted),
        unittest.mock.patch.object(store.database, "_at_once", noted_at_once),
    ):
        yield said
    sa.event.remove(store.database.engine, "before_cursor_execute", note)


class Conversations(unittest.TestCase):
    def setUp(self) -> None:
        self.store, self.other = new_store(), new_store()
        self.sender = f"{uuid.uuid4()}.1"
        self.addCleanup(self.store.database.engine.dispose)
        self.addCleanup(self.other.database.engine.dispose)

    def slot(self, store: LoudTrackerStore | None = None) -> Any:
        tracker = run((store or self.other).retrieve(self.sender))
        return tracker and tracker.get_slot("dialogue")

    def forget(self) -> None:
        with self.other.database.engine.connect() as link:
            link.execute(sa.text("DELETE FROM trackers WHERE sender_id = :sender"), {"sender": self.sender})

    def test_a_message_costs_one_reading_and_one_writing_however_long_the_talk_is(self) -> None:
        run(self.store.check())
        sizes = []
        for number in range(60):
            with statements(self.store) as said:
                run(turn(self.store, self.sender, f"lượt {number}"))
            self.assertEqual(len(said), 2, said)
            sizes.append(len(run(self.store.retrieve(self.sender)).events))
        self.assertLess(max(sizes), 20)
        self.assertEqual(self.slot(), "lượt 59")

    def test_what_was_stored_is_read_in_another_process(self) -> None:
        run(turn(self.store, self.sender, "một"))
        tracker = run(self.other.retrieve(self.sender))
        self.assertEqual(tracker.latest_message.text, "lệ phí bao nhiêu\ud800\x00")
        self.assertEqual(tracker.latest_action_name, "action_listen")
        self.assertIsNone(run(self.other.retrieve("nobody")))

    def test_nothing_new_costs_nothing(self) -> None:
        run(turn(self.store, self.sender, "một"))
        tracker = run(self.store.retrieve(self.sender))
        with statements(self.store) as said:
            run(self.store.save(tracker))
        self.assertEqual(said, [])

    def test_of_two_turns_on_the_same_state_only_the_first_is_stored(self) -> None:
        run(turn(self.store, self.sender, "một"))
        slow, quick = run(self.store.retrieve(self.sender)), run(self.other.retrieve(self.sender))
        run(self.other.save(take_a_turn(quick, "nhanh")))
        with self.assertRaises(TrackerChangedError):
            run(self.store.save(take_a_turn(slow, "chậm")))
        self.assertEqual(self.slot(), "nhanh")

    def test_of_two_beginnings_only_the_first_is_stored(self) -> None:
        slow, quick = (
            run(store.get_or_create_tracker(self.sender, append_action_listen=False)) for store in (self.store, self.other)
        )
        run(self.other.save(take_a_turn(quick, "nhanh")))
        with self.assertRaises(TrackerChangedError):
            run(self.store.save(take_a_turn(slow, "chậm")))
        self.assertEqual(self.slot(), "nhanh")

    def test_a_conversation_forgotten_in_the_middle_of_a_turn_does_not_come_back(self) -> None:
        run(turn(self.store, self.sender, "một"))
        tracker = run(self.store.retrieve(self.sender))
        self.forget()
        with self.assertRaises(TrackerChangedError):
            run(self.store.save(take_a_turn(tracker, "hai")))
        self.assertIsNone(run(self.other.retrieve(self.sender)))
        run(turn(self.store, self.sender, "lại từ đầu"))
        self.assertEqual(self.slot(), "lại từ đầu")

    def test_many_turns_at_once_wait_for_few_connections(self) -> None:
        async def all_at_once() -> None:
            await asyncio.gather(*(turn(self.store, f"{self.sender}.{number}", "x") for number in range(40)))

        run(all_at_once())
        self.assertIsNotNone(run(self.other.retrieve(f"{self.sender}.39")))

    def breaking(self, store: LoudTrackerStore, *, before: bool) -> Callable[..., Any]:
        """The connection breaks once, before or after the next statement reached the server."""
        stock, broken = store.database._say, []

        def say(connection: Any, statement: str, values: dict[str, Any]) -> Any:
            result = None if before else stock(connection, statement, values)
            if broken:
                return result or stock(connection, statement, values)
            broken.append(True)
            raise DBAPIError("gone", None, Exception(), connection_invalidated=True)

        return say

    def test_a_writing_is_neither_lost_nor_doubled_when_its_connection_breaks(self) -> None:
        for before in (True, False):
            run(turn(self.store, self.sender, "một"))
            tracker = run(self.store.retrieve(self.sender))
            with unittest.mock.patch.object(self.store.database, "_say", self.breaking(self.store, before=before)):
                run(self.store.save(take_a_turn(tracker, f"gãy {before}")))
            self.assertEqual(self.slot(), f"gãy {before}")

    def test_an_event_broker_is_refused(self) -> None:
        with self.assertRaisesRegex(MisconfiguredError, "event_broker"):
            LoudTrackerStore(DOMAIN, event_broker=object())


def slow_disk() -> tuple[threading.Event, threading.Event, unittest.mock.Mock]:
    """What lets the disk go on, what tells that it is at work, and the disk in the place of ``_SYNC``."""
    release, at_work = threading.Event(), threading.Event()

    def work(_log: int) -> None:
        at_work.set()
        release.wait(10)

    return release, at_work, unittest.mock.Mock(side_effect=work)


async def reached(event: threading.Event) -> None:
    if not await asyncio.to_thread(event.wait, 10):
        raise AssertionError("it never came to that")


@unittest.skipIf(ON_POSTGRES, "only a file is asked at once")
class Files(unittest.TestCase):
    def setUp(self) -> None:
        self.store, self.sender = new_store(), f"{uuid.uuid4()}.1"
        self.addCleanup(self.store.database.engine.dispose)
        self.file = str(database_url(URL).database)
        run(turn(self.store, self.sender, "một"))

    def read(self) -> Any:
        """As another process finds it."""
        return run(new_store().retrieve(self.sender)).get_slot("dialogue")

    @contextlib.contextmanager
    def another_writer(self) -> Iterator[sqlite3.Connection]:
        """Holds the file until the end of the block."""
        with contextlib.closing(sqlite3.connect(self.file, isolation_level=None, check_same_thread=False)) as link:
            link.execute("BEGIN IMMEDIATE")
            yield link
            link.rollback()

    def test_a_turn_that_waits_for_another_writer_holds_up_nobody_else(self) -> None:
        patient, write = threading.Event(), self.store.database.write

        def noted(*values: Any) -> bool:
            patient.set()
            return write(*values)

        async def one_waits() -> None:
            with self.another_writer():
                waits = asyncio.create_task(turn(self.store, self.sender, "hai"))
                await reached(patient)
                self.assertFalse(waits.done())
                self.assertIsNone(await self.store.retrieve("nobody"))
                await self.store.check()
            await waits

        with unittest.mock.patch.object(self.store.database, "write", noted):
            run(one_waits())
        self.assertEqual(self.read(), "hai")

    def test_a_turn_ends_only_when_it_is_on_the_disk(self) -> None:
        release, at_work, disk = slow_disk()

        async def held_up() -> None:
            written = asyncio.create_task(turn(self.store, self.sender, "hai"))
            await reached(at_work)
            self.assertFalse(written.done())
            self.assertIsNone(await self.store.retrieve("nobody"))
            release.set()
            await written

        with unittest.mock.patch.object(tracker_file, "_SYNC", disk):
            run(held_up())
        self.assertEqual(disk.call_count, 1)

    def test_a_turn_that_the_disk_refuses_is_an_error_and_the_next_one_goes_on(self) -> None:
        refusing = unittest.mock.Mock(side_effect=OSError("no room"))
        with unittest.mock.patch.object(tracker_file, "_SYNC", refusing), self.assertRaises(TrackerStoreAwayError):
            run(turn(self.store, self.sender, "hai"))
        run(turn(self.store, self.sender, "ba"))
        self.assertEqual(self.read(), "ba")

    def test_turns_that_end_together_wait_for_the_disk_together(self) -> None:
        release, _at_work, disk = slow_disk()
        waiting, on_disk = [], self.store.database.on_disk

        async def noted() -> None:
            waiting.append(True)
            await on_disk()

        async def all_at_once() -> None:
            turns = [asyncio.create_task(turn(self.store, f"{self.sender}.{number}", "x")) for number in range(40)]
            async with asyncio.timeout(10):
                while len(waiting) < len(turns):
                    await asyncio.sleep(0)
            self.assertFalse(any(one.done() for one in turns))
            release.set()
            await asyncio.gather(*turns)

        with (
            unittest.mock.patch.object(tracker_file, "_SYNC", disk),
            unittest.mock.patch.object(self.store.database, "on_disk", noted),
        ):
            run(all_at_once())
        self.assertLessEqual(disk.call_count, 3)

    def test_a_turn_given_up_while_the_disk_is_at_work_hinders_nobody(self) -> None:
        release, at_work, disk = slow_disk()

        async def given_up() -> None:
            gives_up = asyncio.create_task(turn(self.store, self.sender, "hai"))
            await reached(at_work)
            gives_up.cancel()
            with self.assertRaises(asyncio.CancelledError):
                await gives_up
            release.set()
            await turn(self.store, self.sender, "ba")

        with unittest.mock.patch.object(tracker_file, "_SYNC", disk):
            run(given_up())
        self.assertEqual(self.read(), "ba")

    def test_the_log_does_not_grow_with_the_number_of_turns(self) -> None:
        async def turns(count: int) -> int:
            for number in range(count):
                await turn(self.store, self.sender, f"lượt {number}")
            return os.stat(f"{self.file}-wal").st_size

        few, many = run(turns(2 * tracker_file.WRITINGS_PER_CHECKPOINT)), run(turns(4 * tracker_file.WRITINGS_PER_CHECKPOINT))
        self.assertLess(many, 1.5 * few)

    def test_what_an_earlier_release_wrote_is_read(self) -> None:
        with contextlib.closing(sqlite3.connect(self.file)) as link, link:
            link.execute("CREATE TABLE events (id INTEGER PRIMARY KEY, sender_id TEXT, data TEXT)")
            self.addCleanup(self.drop_events)
            event = json.dumps(SlotSet("dialogue", "từ trước").as_dict())
            link.execute("INSERT INTO events (sender_id, data) VALUES ('earlier', ?)", (event,))
        store = new_store()
        run(store.check())
        self.assertEqual(run(store.retrieve("earlier")).get_slot("dialogue"), "từ trước")
        run(turn(store, "earlier", "mới"))
        self.assertEqual(run(store.retrieve("earlier")).get_slot("dialogue"), "mới")

    def drop_events(self) -> None:
        with contextlib.closing(sqlite3.connect(self.file)) as link, link:
            link.execute("DROP TABLE events")

    def test_a_file_in_the_place_of_the_one_that_was_opened_is_not_taken_for_it(self) -> None:
        for old in (self.file, f"{self.file}-wal", f"{self.file}-shm"):
            os.rename(old, f"{old}.aside")
        with self.assertRaises(TrackerStoreAwayError):
            run(self.store.retrieve(self.sender))
        for old in (self.file, f"{self.file}-wal", f"{self.file}-shm"):
            with contextlib.suppress(FileNotFoundError):
                os.remove(old)
            os.rename(f"{old}.aside", old)
        self.assertEqual(run(self.store.retrieve(self.sender)).get_slot("dialogue"), "một")


@unittest.skipUnless(ON_POSTGRES, "only a server can be killed or stand still")
class Servers(Conversations):
    def test_connections_that_the_server_ended_are_replaced(self) -> None:
        run(turn(self.store, self.sender, "một"))
        with self.other.database.engine.connect() as link:
            others = "datname = current_database() AND pid <> pg_backend_pid()"
            link.exec_driver_sql(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {others}")
        run(turn(self.store, self.sender, "hai"))
        self.assertEqual(self.slot(), "hai")

    def test_a_statement_that_waits_for_a_lock_gives_up(self) -> None:
        run(turn(self.store, self.sender, "một"))
        tracker = run(self.store.retrieve(self.sender))
        self.store.database = TrackerDatabase(database_url(URL), 1, wait_seconds=0.2)
        with self.other.database.engine.connect() as link:
            link = link.execution_options(isolation_level="READ COMMITTED")
            with link.begin():
                link.execute(sa.text("SELECT 1 FROM trackers WHERE sender_id = :s FOR UPDATE"), {"s": self.sender})
                with self.assertRaises(TrackerStoreAwayError):
                    run(self.store.save(take_a_turn(tracker, "hai")))
        run(self.store.save(tracker))
        self.assertEqual(self.slot(), "hai")


if __name__ == "__main__":
    unittest.main()
