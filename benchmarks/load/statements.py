"""What each statement costs the server, as ``pg_stat_statements`` counts it.

The server must have loaded it (``shared_preload_libraries = 'pg_stat_statements'``); with ``pg_stat_statements.track_planning``
the planning is told apart.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

import psycopg

_COUNTED = """
SELECT s.query, sum(s.calls), sum(s.total_exec_time), sum(s.total_plan_time), sum(s.shared_blks_hit + s.shared_blks_read)
FROM pg_stat_statements s JOIN pg_database d ON d.oid = s.dbid AND d.datname = current_database()
GROUP BY s.query ORDER BY 3 DESC
"""
_FORGET = "SELECT pg_stat_statements_reset(0, oid, 0) FROM pg_database WHERE datname = current_database()"
_WIDTH = 150


@dataclass(frozen=True)
class Statement:
    """One kind of statement, its values left out. ``run_ms`` and ``plan_ms``: of all ``calls`` together; ``pages`` likewise."""

    words: str
    calls: int
    run_ms: float
    plan_ms: float
    pages: int


@dataclass
class Statements:
    """Counts in the database at ``url`` from ``begin`` to ``counted``."""

    url: str

    def begin(self) -> None:
        """Counts from here. Raises ``psycopg.Error`` where the server has not loaded the extension."""
        with psycopg.connect(self.url, autocommit=True) as link:
            link.execute("CREATE EXTENSION IF NOT EXISTS pg_stat_statements")
            link.execute(_FORGET)

    def counted(self) -> list[Statement]:
        """What was said since, the dearest first."""
        with psycopg.connect(self.url, autocommit=True) as link:
            rows = link.execute(_COUNTED).fetchall()
        return [Statement(shortened(row[0]), int(row[1]), float(row[2]), float(row[3]), int(row[4])) for row in rows]


def shortened(words: str) -> str:
    """A statement on one line; the columns that are read are left out, since mappers name all of them. Pure."""
    line = re.sub(r"\s+", " ", words).strip()
    return re.sub(r"^SELECT .{60,}? FROM ", "SELECT … FROM ", line)


def table(statements: Iterable[Statement], messages: int, most: int = 45) -> list[str]:
    """The statements as lines for a person: the sums per message first. Pure."""
    found = list(statements)
    calls, run, plan = (sum(getattr(one, name) for one in found) for name in ("calls", "run_ms", "plan_ms"))
    lines = [f"  statements per message {calls / messages:.1f}, run {run / messages:.2f} ms, planned {plan / messages:.2f} ms"]
    lines.append("  calls/message  run ms/message  plan ms/message  ms/call  pages/call")
    for one in found[:most]:
        each = max(1, one.calls)
        lines.append(
            f"  {one.calls / messages:13.2f} {one.run_ms / messages:15.3f} {one.plan_ms / messages:16.3f}"
            f" {one.run_ms / each:8.3f} {one.pages / each:11.1f}  {one.words[:_WIDTH]}"
        )
    return lines
