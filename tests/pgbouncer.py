"""A real PgBouncer in transaction mode before the tests' PostgreSQL, on a free port; one for all tests of a process.

It has four server connections per database, fewer than a test's ledger may open: what works here does not count on a
session of its own.
"""

import os
import shutil
import socket
import subprocess
import tempfile
from functools import cache
from pathlib import Path

from sqlalchemy import URL

from motcua.stack import free_ports
from tests.waiting import wait_for

_UNPRIVILEGED = "nobody"
"""PgBouncer does not run as root."""


@cache
def pgbouncer_binary() -> str | None:
    """The program, or None where it is not installed. Debian keeps it where only administrators look."""
    return shutil.which("pgbouncer", path=os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"]))


class KeptPgBouncer:
    """The process, started by the first test that asks for it and stopped at the end of the run."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._port = 0

    def before(self, server: URL) -> URL:
        """The same database through PgBouncer: with the word that tells our code so."""
        if self._process is None:
            self._start(server)
        pooled = server.set(host="127.0.0.1", port=self._port, password=None)
        return pooled.update_query_dict({"pooler": "transaction"})

    def stop(self) -> None:
        """Ends the process."""
        if self._process is not None and self._folder is not None:
            self._process.kill()
            self._process.wait()
            self._folder.cleanup()
            self._process = None

    def _start(self, server: URL) -> None:
        binary = pgbouncer_binary()
        assert binary is not None, "pgbouncer is not installed"
        self._port = free_ports(1)[0]
        self._folder = tempfile.TemporaryDirectory(prefix="motcua-pgbouncer-")
        folder = Path(self._folder.name)
        folder.chmod(0o755)
        configuration = folder / "pgbouncer.ini"
        configuration.write_text(_configuration(server, self._port), encoding="utf-8")
        as_whom = ["--user", _UNPRIVILEGED] if os.geteuid() == 0 else []
        self._process = subprocess.Popen(
            [binary, "--quiet", *as_whom, str(configuration)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        wait_for(self._listens, what="PgBouncer's start")

    def _listens(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self._port)) == 0


def _configuration(server: URL, port: int) -> str:
    password = f" password={server.password}" if server.password else ""
    return f"""
[databases]
* = host={server.host or "127.0.0.1"} port={server.port or 5432} user={server.username}{password}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = 4
max_client_conn = 300
"""


pgbouncer = KeptPgBouncer()
"""This process's own; stopped at the end of the run by ``tests/conftest.py``."""
