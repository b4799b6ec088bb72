"""The ledger read from one moment, and written into an empty database."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from itertools import islice
from typing import Any

from alembic import command
from alembic.migration import MigrationContext
from alembic.util.exc import CommandError
from sqlalchemy import Connection, Engine, Table, column, exists, func, inspect, literal, select, table, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from bot.accounts.audit import verify_chain
from bot.storage.all_models import METADATA
from bot.storage.database import create_database_engine, is_missing_file
from bot.storage.migrate import is_at_head, is_modelled, migration_config
from motcua.vendor.archive import LEDGER, Manifest, PackReader, PackWriter, TableContent, Told
from motcua.vendor.faults import PackError
from motcua.vendor.rows import kind_of, line_of, row_of, type_of

_BATCH = 1_000
_BATCH_OF_FILES = 20
"""Rows at once where a column holds files of several megabytes."""
_VERSION = "alembic_version"
_TOLD_EVERY = 100_000


@contextmanager
def snapshot(url: str) -> Iterator[Connection]:
    """One reading transaction: however long it lasts and whatever is written meanwhile, it sees one moment. Raises ``PackError``
    where the ledger has not the shape of this release, and SQLAlchemy's errors."""
    if is_missing_file(url):
        raise PackError("chưa có sổ cái ở DATABASE_URL: không có gì để xuất")
    engine = create_database_engine(url)
    try:
        if not is_at_head(engine):
            raise PackError("sổ cái chưa ở dạng của bản này: chạy «motcua run» (hoặc bản cũ đúng với sổ cái) trước khi xuất")
        with _reading(engine) as connection:
            yield connection
    finally:
        engine.dispose()


@contextmanager
def _reading(engine: Engine) -> Iterator[Connection]:
    if engine.dialect.name == "postgresql":
        with engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection, connection.begin():
            connection.execute(text("SET TRANSACTION READ ONLY"))
            connection.execute(text("SET LOCAL statement_timeout = 0"))
            yield connection
        return
    with engine.connect() as connection, connection.begin():
        # SQLite fixes what a transaction sees at its first look.
        connection.execute(text(f"SELECT version_num FROM {_VERSION}")).all()  # noqa: S608 (a name of ours)
        yield connection


def revision_of(connection: Connection) -> str:
    """The shape of the ledger."""
    return str(MigrationContext.configure(connection).get_current_revision())


def write_tables(connection: Connection, writer: PackWriter, tell: Told) -> dict[str, TableContent]:
    """All tables, in the order of their foreign keys, rows in the order of their keys."""
    return {one.name: _write_table(connection, one, writer, tell) for one in METADATA.sorted_tables}


def _write_table(connection: Connection, one: Table, writer: PackWriter, tell: Told) -> TableContent:
    kinds = {name: kind_of(found.type) for name, found in one.columns.items()}
    total = connection.execute(select(func.count()).select_from(one)).scalar_one()
    size = _BATCH_OF_FILES if "bytes" in kinds.values() else _BATCH
    written = 0

    def lines() -> Iterator[bytes]:
        nonlocal written
        asked = select(one).order_by(*one.primary_key.columns).execution_options(yield_per=size)
        for row in connection.execute(asked).mappings():
            yield line_of(dict(row), kinds)
            written += 1
            if written % _TOLD_EVERY == 0:
                tell(f"  {one.name}: {written:,}/{total:,} dòng")

    writer.add(f"{LEDGER}/{one.name}.jsonl", _joined(lines()))
    return TableContent(rows=written, columns=kinds)


def _joined(lines: Iterator[bytes]) -> Iterator[bytes]:
    """Bigger pieces for the packing: a call for every line would take longer than the line."""
    while piece := b"".join(islice(lines, _BATCH_OF_FILES)):
        yield piece


def refuse_unless_empty(engine: Engine) -> None:
    """Raises ``PackError`` where the database holds anything."""
    if found := inspect(engine).get_table_names():
        raise PackError(
            f"cơ sở dữ liệu không trống (có {len(found)} bảng, ví dụ «{found[0]}»): chỉ phục hồi vào nơi trống, không ghi đè"
        )


def load_ledger(engine: Engine, pack: PackReader, tell: Told, finish: Callable[[], None]) -> dict[str, int]:
    """Shapes an empty database as the pack's was, writes all rows, checks the audit log, and brings it to this release's shape:
    in one transaction, so all or nothing. ``finish`` is called before the end of it. Returns the rows of each table as the
    database counts them. Raises ``PackError``."""
    manifest = pack.manifest
    try:
        with engine.connect().execution_options(motcua_take_write_lock=True) as connection, connection.begin():
            if engine.dialect.name == "sqlite":
                connection.execute(text("PRAGMA defer_foreign_keys = ON"))
            else:
                connection.execute(text("SET LOCAL statement_timeout = 0"))
            _shape(connection, manifest.schema_revision)
            _check_tables(connection, manifest)
            # A migration may have put rows of its own there: the pack's are the whole truth.
            for name in reversed(manifest.tables):
                if connection.execute(select(exists(select(literal(1)).select_from(table(name))))).scalar_one():
                    connection.execute(table(name).delete())
            counts = {name: _load_table(connection, name, pack, tell) for name in manifest.tables}
            if engine.dialect.name == "postgresql":
                _go_on_numbering(connection, manifest)
            _check_audit(connection, manifest)
            command.upgrade(migration_config(connection), "head")
            finish()
    except SQLAlchemyError as error:
        raise PackError(f"cơ sở dữ liệu không nhận: {_first_line(error)}") from error
    return counts


def _check_audit(connection: Connection, manifest: Manifest) -> None:
    """The audit log's chain must hold, and end where it ended."""
    with Session(connection, join_transaction_mode="rollback_only") as session:
        report = verify_chain(session)
    if report.broken_at is not None:
        raise PackError(f"nhật ký kiểm toán trong gói đã bị sửa tại mục {report.broken_at} ({report.fault})")
    number, digest = manifest.audit_head
    if (number, digest) != (report.head_number, report.head_hash if number else digest):
        raise PackError("nhật ký kiểm toán trong gói không kết thúc ở mục mà bản kê nói")


def _shape(connection: Connection, revision: str) -> None:
    try:
        command.upgrade(migration_config(connection), revision)
    except CommandError as error:
        raise PackError(f"gói có sổ cái dạng {revision}, bản này không biết: cài bản đã làm ra gói, hoặc bản mới hơn") from error


def _check_tables(connection: Connection, manifest: Manifest) -> None:
    seen = inspect(connection)
    there = {name for name in seen.get_table_names() if name != _VERSION and is_modelled(None, name, "table", True, None)}
    if there != set(manifest.tables):
        odd = sorted(there ^ set(manifest.tables))
        raise PackError(f"các bảng của gói không phải của dạng {manifest.schema_revision}: {', '.join(odd[:5])}")
    for name, content in manifest.tables.items():
        kinds = {found["name"]: kind_of(found["type"]) for found in seen.get_columns(name)}
        if kinds != content.columns:
            raise PackError(f"các cột của bảng {name} không phải của dạng {manifest.schema_revision}")


def _load_table(connection: Connection, name: str, pack: PackReader, tell: Told) -> int:
    content = pack.manifest.tables[name]
    nullable = {found["name"]: bool(found["nullable"]) for found in inspect(connection).get_columns(name)}
    target = table(name, *(column(one, type_of(kind, nullable=nullable[one])) for one, kind in content.columns.items()))
    rows = _rows_of(name, content, pack)
    size = _BATCH_OF_FILES if "bytes" in content.columns.values() else _BATCH
    done = 0
    while batch := list(islice(rows, size)):
        connection.execute(target.insert(), batch)
        done += len(batch)
        if done % _TOLD_EVERY < size and done >= _TOLD_EVERY:
            tell(f"  {name}: {done:,}/{content.rows:,} dòng")
    there = int(connection.execute(select(func.count()).select_from(target)).scalar_one())
    if there != content.rows:
        raise PackError(f"bảng {name}: bản kê nói {content.rows} dòng, trong gói có {there}")
    return there


def _rows_of(name: str, content: TableContent, pack: PackReader) -> Iterator[Mapping[str, Any]]:
    for number, line in enumerate(pack.lines(name), start=1):
        try:
            yield row_of(line, content.columns)
        except (ValueError, RecursionError) as error:
            raise PackError(f"{LEDGER}/{name}.jsonl dòng {number}: {str(error)[:200]}") from error


def _go_on_numbering(connection: Connection, manifest: Manifest) -> None:
    """PostgreSQL numbers rows from sequences, which know nothing of rows that came with their numbers."""
    seen = inspect(connection)
    for name in manifest.tables:
        keys = seen.get_pk_constraint(name)["constrained_columns"]
        for key in keys:
            sequence = connection.execute(select(func.pg_get_serial_sequence(f'"{name}"', key))).scalar_one()
            if sequence is not None:
                last: int | None = connection.execute(select(func.max(column(key))).select_from(table(name))).scalar_one()
                if last is not None:
                    connection.execute(select(func.setval(sequence, last)))


def _first_line(error: SQLAlchemyError) -> str:
    """What the database said, without the statement and its values."""
    said = str(getattr(error, "orig", None) or type(error).__name__)
    return said.splitlines()[0][:300] if said else type(error).__name__
