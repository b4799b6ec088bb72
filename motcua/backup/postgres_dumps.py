"""PostgreSQL databases: pg_dump and pg_restore of the machine; rows are counted in the very snapshot that is dumped."""

import os
import re
import secrets
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, LiteralString

import psycopg
from psycopg import sql
from sqlalchemy import URL, make_url

from bot.storage.database import database_url
from motcua.backup.faults import BackupError
from motcua.backup.manifest import DatabaseSaved, Role, TableSaved

_WHERE = Path("/usr/lib/postgresql")
_SECONDS = 4 * 3600
_SAME_SPELLING: tuple[LiteralString, ...] = (
    "SET datestyle = 'ISO, YMD'", "SET timezone = 'UTC'", "SET bytea_output = 'hex'", "SET extra_float_digits = 1",
    "SET intervalstyle = 'postgres'", "SET statement_timeout = 0",
)  # fmt: skip
"""Rows are compared by how they are written out."""


def save(url: str, target: Path, role: Role) -> DatabaseSaved:
    """Dumps the database (custom format) as it is in one snapshot. Raises ``BackupError``."""
    with _connected(url) as link, link.transaction():
        link.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        snapshot = str(_one(link, "SELECT pg_export_snapshot()"))
        taken, server = datetime.now(UTC), str(_one(link, "SHOW server_version"))
        tables = tables_of(link)
        revision = _one(link, "SELECT version_num FROM alembic_version") if "alembic_version" in tables else None
        _run("pg_dump", url, "--format=custom", "--compress=1", f"--snapshot={snapshot}", "--no-owner", "--no-privileges",
             f"--file={target}")  # fmt: skip
    return DatabaseSaved(
        role=role,
        kind="postgresql",
        part="",
        taken_at=taken.isoformat(timespec="seconds"),
        server=f"PostgreSQL {server}",
        revision=str(revision) if revision is not None else None,
        tables=tables,
    )


def load(part: Path, url: str) -> None:
    """Restores a dump into an empty database, all or nothing. Raises ``BackupError``."""
    with _connected(url) as link:
        if names := _names(link):
            raise BackupError(f"cơ sở dữ liệu không trống (có {len(names)} bảng, ví dụ «{names[0]}»): chỉ phục hồi vào nơi trống")
    _run("pg_restore", url, "--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction", str(part))


def read_tables(url: str) -> dict[str, TableSaved]:
    """Rows and digest of every table, in one snapshot."""
    with _connected(url) as link, link.transaction():
        link.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        return tables_of(link)


def tables_of(link: psycopg.Connection[Any]) -> dict[str, TableSaved]:
    """Rows and digest of every table within the transaction in hand. A digest does not depend on the order of the rows."""
    found = {}
    for name in _names(link):
        asked = sql.SQL("SELECT count(*), coalesce(sum(hashtextextended(t::text, 0)::numeric), 0)::text FROM {} AS t")
        rows, digest = link.execute(asked.format(sql.Identifier(name))).fetchone() or (0, "0")
        found[name] = TableSaved(rows=rows, digest=digest)
    return found


@contextmanager
def scratch_database(url: str) -> Iterator[str]:
    """A new, empty database on the same server, dropped afterwards. Raises ``BackupError`` where none may be made."""
    name = f"motcua_verify_{secrets.token_hex(6)}"
    try:
        with _connected(url, autocommit=True) as link:
            link.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(name)))
    except psycopg.errors.InsufficientPrivilege as error:
        raise BackupError("không được tạo cơ sở dữ liệu thử trên máy chủ này: dùng --scratch-url") from error
    try:
        yield database_url(url).set(database=name).render_as_string(hide_password=False)
    finally:
        with _connected(url, autocommit=True) as link:
            link.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def binary(name: str) -> str:
    """Where a client program of PostgreSQL is: in the path, else the newest of the machine. Raises ``BackupError``."""
    installed = sorted(_WHERE.glob(f"*/bin/{name}"), key=lambda path: int(re.sub(r"\D", "", path.parts[-3]) or 0))
    found = str(installed[-1]) if installed else shutil.which(name)
    if found is None:
        raise BackupError(f"không có lệnh {name}: cài gói postgresql-client")
    return found


def _run(name: str, url: str, *arguments: str) -> None:
    address = _plain(url)
    # A password in the arguments could be read by everybody on the machine.
    shown = address.set(password=None).render_as_string(hide_password=False)
    environment = {**os.environ, "LC_ALL": "C", **({"PGPASSWORD": str(address.password)} if address.password else {})}
    asked = [binary(name), "--no-password", f"--dbname={shown}", *arguments]
    try:
        ended = subprocess.run(asked, env=environment, capture_output=True, text=True, timeout=_SECONDS, check=False)
    except subprocess.TimeoutExpired as error:
        raise BackupError(f"{name} chạy quá lâu") from error
    if ended.returncode:
        raise BackupError(f"{name}: {(ended.stderr.strip().splitlines() or ['không rõ lỗi'])[-1][:300]}")


@contextmanager
def _connected(url: str, *, autocommit: bool = False) -> Iterator[psycopg.Connection[Any]]:
    try:
        link = psycopg.connect(_plain(url).render_as_string(hide_password=False), connect_timeout=5, autocommit=autocommit)
    except psycopg.OperationalError as error:
        raise BackupError(f"không kết nối được cơ sở dữ liệu ({type(error).__name__})") from error
    with link:
        for statement in _SAME_SPELLING:
            link.execute(statement)
        if not autocommit:
            link.commit()
        yield link


def _names(link: psycopg.Connection[Any]) -> list[str]:
    rows = link.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename").fetchall()
    return [str(row[0]) for row in rows]


def _one(link: psycopg.Connection[Any], statement: LiteralString) -> Any:
    row = link.execute(statement).fetchone()
    return row[0] if row else None


def _plain(url: str) -> URL:
    return make_url(url).set(drivername="postgresql")
