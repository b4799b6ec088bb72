"""The simulator's own SQLite file: dossiers and their lookup codes."""

import hashlib
import json
import secrets
import sqlite3
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from simulators.portal.demo_dossiers import DemoDossier

_SCHEMA = """
CREATE TABLE dossier (
    code TEXT PRIMARY KEY,
    lookup_code TEXT NOT NULL,
    shows TEXT NOT NULL,
    record TEXT NOT NULL
) STRICT
"""


class DossierStore:
    """Holds the demo dossiers; every start begins with the day's set. Safe for several threads."""

    def __init__(self, path: Path | str, dossiers: Iterable[DemoDossier]) -> None:
        """Replaces what the file held. Raises ``sqlite3.Error`` where it cannot be written."""
        self._lock = threading.Lock()
        self._database = sqlite3.connect(path, check_same_thread=False)
        # Compared against for a code that does not exist, so that this case does the same work.
        self._nobody = ("{}", secrets.token_hex(16))
        self._first = [(d.code, d.lookup_code, d.shows, json.dumps(d.record, ensure_ascii=False)) for d in dossiers]
        self.restore()

    def restore(self) -> None:
        """Holds again what it held at the start."""
        with self._lock, self._database:
            self._database.execute("DROP TABLE IF EXISTS dossier")
            self._database.execute(_SCHEMA)
            self._database.executemany("INSERT INTO dossier VALUES (?, ?, ?, ?)", self._first)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Lets go of the file."""
        with self._lock:
            self._database.close()

    def trace(self, callback: Callable[[str], object] | None) -> None:
        """Calls back with each SQL statement that runs (to see that a refusal costs the same work in every case)."""
        self._database.set_trace_callback(callback)

    def count(self) -> int:
        """How many dossiers are held."""
        with self._lock:
            return int(self._database.execute("SELECT count(*) FROM dossier").fetchone()[0])

    def find(self, code: str, lookup_code: str) -> dict[str, Any] | None:
        """The exchange record that fits both, or None. An unknown code and a wrong lookup code cost the same work."""
        with self._lock:
            row = self._database.execute("SELECT record, lookup_code FROM dossier WHERE code = ?", (code,)).fetchone()
        record, right = row or self._nobody
        fits = secrets.compare_digest(_digest(right), _digest(lookup_code))
        return json.loads(record) if fits and row else None

    def record(self, code: str) -> dict[str, Any] | None:
        """The exchange record without any proof: for whoever has checked one, and for the control plane."""
        with self._lock:
            row = self._database.execute("SELECT record FROM dossier WHERE code = ?", (code,)).fetchone()
        return json.loads(row[0]) if row else None

    def records(self) -> list[dict[str, Any]]:
        """The exchange records of all dossiers."""
        with self._lock:
            rows = self._database.execute("SELECT record FROM dossier ORDER BY rowid").fetchall()
        return [json.loads(record) for (record,) in rows]

    def same_number(self, code: str) -> list[dict[str, Any]]:
        """The records that share date and counter with ``code``, whatever their prefix."""
        number = code.partition("-")[2]
        with self._lock:
            rows = self._database.execute(
                "SELECT record FROM dossier WHERE substr(code, instr(code, '-') + 1) = ? ORDER BY rowid", (number,)
            ).fetchall()
        return [json.loads(record) for (record,) in rows]

    def lookup_code(self, code: str) -> str | None:
        """The lookup code on the slip."""
        with self._lock:
            row = self._database.execute("SELECT lookup_code FROM dossier WHERE code = ?", (code,)).fetchone()
        return str(row[0]) if row else None

    def put(self, dossier: DemoDossier) -> None:
        """Adds a dossier, or replaces the one of its code."""
        values = (dossier.code, dossier.lookup_code, dossier.shows, json.dumps(dossier.record, ensure_ascii=False))
        with self._lock, self._database:
            self._database.execute("INSERT OR REPLACE INTO dossier VALUES (?, ?, ?, ?)", values)

    def rewrite(self, code: str, record: dict[str, Any]) -> None:
        """A dossier's new record."""
        with self._lock, self._database:
            self._database.execute("UPDATE dossier SET record = ? WHERE code = ?", (json.dumps(record, ensure_ascii=False), code))

    def examples(self) -> list[dict[str, str]]:
        """All demo dossiers with the lookup codes on their slips."""
        with self._lock:
            rows = self._database.execute("SELECT code, lookup_code, shows, record FROM dossier ORDER BY rowid").fetchall()
        return [
            {"dossier_code": code, "lookup_code": lookup_code, "shows": shows, "phone": json.loads(record)["SoDienThoai"]}
            for code, lookup_code, shows, record in rows
        ]


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
