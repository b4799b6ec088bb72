"""What is dear once in the product, on purpose or by nature, and would be paid thousands of times by the tests of one process.

Each is made cheap in this process alone: what tests start as processes of their own is as it ships (they find the bytecode kept).
"""

import asyncio
import gc
import os
import socketserver
import sqlite3
import sys
from functools import cache

import httpx._transports.default as httpx_transports
import uvicorn.server
from argon2 import PasswordHasher
from sqlalchemy import Engine, event

from bot.accounts import passwords

SHIPPED_HASHER = passwords._hasher
"""How passwords are really kept."""


def everything() -> None:
    """All that follows but ``collected_is_kept``. Called once, before any test is collected."""
    bytecode_is_kept()
    gc.disable()
    one_reading_of_certificates()
    no_waiting_for_the_disk()
    quick_passwords()
    servers_that_end_soon()
    answers_without_delay()


def bytecode_is_kept() -> None:
    """Where images of containers forbid it, every process that a test starts would compile the product anew (a second and more),
    and every run the tests."""
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    sys.dont_write_bytecode = False


def collected_is_kept() -> None:
    """Called once all tests are collected. They and all modules stay until the end, millions of objects: the garbage collector,
    at rest since ``everything``, need not go through them again and again (a second each time)."""
    gc.collect()
    gc.freeze()
    gc.enable()


def one_reading_of_certificates() -> None:
    """Each client of httpx reads the certificate authorities anew (20 ms); here all share what the first has read."""
    httpx_transports.create_ssl_context = cache(httpx_transports.create_ssl_context)  # type: ignore[attr-defined]


def no_waiting_for_the_disk() -> None:
    """No test takes the machine's power away: a commit to SQLite need not have reached the disk."""

    @event.listens_for(Engine, "connect")
    def prepare(connection: object, _record: object) -> None:
        if isinstance(connection, sqlite3.Connection):
            connection.execute("PRAGMA synchronous = OFF").close()


def quick_passwords() -> None:
    """argon2id with next to nothing to do, instead of tens of milliseconds and 19 MiB for each password."""
    passwords._hasher = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
    passwords._NOBODY = passwords._hasher.hash("a password that nobody has")


def servers_that_end_soon() -> None:
    """uvicorn looks ten times a second whether it should end, and then whether all connections have; here more often."""

    class Hurried:
        def __getattr__(self, name: str) -> object:
            return getattr(asyncio, name)

        @staticmethod
        async def sleep(seconds: float) -> None:
            await asyncio.sleep(seconds / 5)

    uvicorn.server.asyncio = Hurried()  # type: ignore[assignment]


def answers_without_delay() -> None:
    """A server of the standard library writes head and body one after the other; the second would wait for the client's receipt
    of the first (Nagle's algorithm, up to 40 ms)."""
    socketserver.StreamRequestHandler.disable_nagle_algorithm = True
