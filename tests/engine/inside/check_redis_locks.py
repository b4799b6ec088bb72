# ruff: noqa: E402, PT009, PT027 (no pytest here; the import stub goes first)
"""Runs inside ``.venv-engine``: locks in Redis keep Rasa's order and Rasa's format, and take two round trips a turn."""

import asyncio
import os
import shutil
import socket
import subprocess
import time
import unittest
import unittest.mock
from typing import Any, ClassVar

from engine.import_stub import install_import_stub

install_import_stub()

import redis
from rasa.core.lock_store import LockError, LockStore, RedisLockStore

from engine.launch import stock_locks
from engine.lock_store import RedisUrlLockStore


class StockWay(RedisUrlLockStore):
    """The same store as Rasa would use it: a process of the release before this one."""

    lock = LockStore.lock
    cleanup = LockStore.cleanup


@unittest.skipUnless(shutil.which("redis-server"), "redis-server is not installed")
class Locks(unittest.TestCase):
    server: ClassVar["subprocess.Popen[bytes]"]
    url: ClassVar[str]

    @classmethod
    def setUpClass(cls) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        cls.url = f"redis://127.0.0.1:{port}/0"
        command = ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        cls.server = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        end = time.monotonic() + 20
        while time.monotonic() < end:
            try:
                redis.Redis.from_url(cls.url).ping()
                return
            except redis.RedisError:
                time.sleep(0.05)
        raise AssertionError("Redis did not start")

    @classmethod
    def tearDownClass(cls) -> None:
        cls.server.kill()
        cls.server.wait()

    def setUp(self) -> None:
        self.redis = redis.Redis.from_url(self.url)
        self.redis.flushall()

    async def hold(self, store: LockStore, name: str, seconds: float, told: list[str], lifetime: float = 60) -> None:
        async with store.lock("c", lifetime, 0.02):
            told.append(f"{name} begins")
            await asyncio.sleep(seconds)
            told.append(f"{name} ends")

    def test_turns_of_several_processes_of_both_releases_come_in_the_order_of_asking(self) -> None:
        stores = [RedisUrlLockStore(self.url), StockWay(self.url), RedisUrlLockStore(self.url), StockWay(self.url)]
        told: list[str] = []

        async def work() -> None:
            turns = []
            for name, store in enumerate(stores):
                turns.append(asyncio.create_task(self.hold(store, str(name), 0.1, told)))
                await asyncio.sleep(0.03)
            await asyncio.gather(*turns)

        asyncio.run(work())
        self.assertEqual(told, [f"{name} {what}" for name in range(4) for what in ("begins", "ends")])
        self.assertEqual(self.redis.keys("*"), [], "nothing is left")

    def test_a_lock_of_a_process_that_died_ends_by_itself(self) -> None:
        store, told = RedisUrlLockStore(self.url), list[str]()
        store.issue_ticket("c", 0.3)  # taken, and never freed
        began = time.monotonic()
        asyncio.run(self.hold(store, "next", 0, told))
        self.assertEqual(told, ["next begins", "next ends"])
        self.assertGreaterEqual(time.monotonic() - began, 0.2)

    def test_a_free_lock_costs_two_round_trips(self) -> None:
        store, told = RedisUrlLockStore(self.url), list[str]()
        asyncio.run(self.hold(store, "first", 0, told))  # the scripts are told once

        def commands() -> int:
            stats: dict[str, Any] = self.redis.info("commandstats")
            return sum(one["calls"] for name, one in stats.items() if name in ("cmdstat_evalsha", "cmdstat_script|load"))

        before = commands()
        asyncio.run(self.hold(store, "second", 0, told))
        self.assertEqual(commands() - before, 2)

    def test_a_key_that_nobody_frees_goes_away_and_holds_no_foreign_text(self) -> None:
        store = RedisUrlLockStore(self.url)

        async def work() -> None:
            async with store.lock("c"):
                self.assertLessEqual(self.redis.ttl("motcua:lock:c"), 3600)
                held = store.get_lock("c")
                assert held is not None
                self.assertEqual((held.conversation_id, held.now_serving), ("c", 0))

        asyncio.run(work())

    def test_a_conversation_whose_id_has_odd_characters_is_locked_too(self) -> None:
        store = RedisUrlLockStore(self.url)

        async def work() -> None:
            async with store.lock('a"\\ đ\n'):
                held = store.get_lock('a"\\ đ\n')
                assert held is not None
                self.assertEqual(held.conversation_id, 'a"\\ đ\n')

        asyncio.run(work())

    def test_unpatched_rasa_takes_its_own_locks_in_the_redis_of_the_environment(self) -> None:
        with unittest.mock.patch.dict(os.environ, {"REDIS_URL": self.url.replace("/0", "/3")}):
            stock = LockStore.create(stock_locks())
        self.assertIsInstance(stock, RedisLockStore)
        stock.save_lock(stock.create_lock("c"))
        self.assertEqual(len(redis.Redis.from_url(self.url.replace("/0", "/3")).keys("*")), 1)
        with unittest.mock.patch.dict(os.environ, {"REDIS_URL": ""}):
            self.assertIsNone(stock_locks())

    def test_an_error_inside_frees_the_lock_and_a_redis_that_is_away_refuses(self) -> None:
        store = RedisUrlLockStore(self.url)

        async def fails() -> None:
            async with store.lock("c"):
                raise KeyError

        with self.assertRaises(KeyError):
            asyncio.run(fails())
        self.assertEqual(self.redis.keys("*"), [])
        away = RedisUrlLockStore("redis://127.0.0.1:1/0")
        with self.assertRaises(LockError):
            asyncio.run(self.hold(away, "never", 0, []))


if __name__ == "__main__":
    unittest.main()
