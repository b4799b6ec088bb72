"""The recipe for point-in-time recovery in docs/operators/backup.md, carried out on a cluster of its own."""

import os
import pwd
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from bot.settings import PROJECT_ROOT
from motcua.backup.faults import BackupError
from motcua.backup.postgres_dumps import binary
from motcua.stack import free_ports
from tests.waiting import wait_for

PAGE = (PROJECT_ROOT / "docs" / "operators" / "backup.md").read_text(encoding="utf-8")


def _can_be_run() -> bool:
    try:
        return bool(binary("initdb") and pwd.getpwnam("postgres"))
    except (BackupError, KeyError):
        return False


pytestmark = [pytest.mark.postgres, pytest.mark.skipif(not _can_be_run(), reason="no PostgreSQL server is installed here")]


class Cluster:
    """A PostgreSQL server in a folder, which only its own user may run."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.data = folder, folder / "data"
        self.wal, self.base, self.port = folder / "wal", folder / "base", free_ports(1)[0]

    def run(self, name: str, *arguments: str) -> None:
        command = [binary(name), *arguments]
        if os.geteuid() == 0:
            command = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", *command]
        # The output of a server that goes on would keep a pipe open.
        with (self.folder / "commands.log").open("ab") as log:
            done = subprocess.run(command, cwd=self.folder, stdout=log, stderr=log, timeout=60, check=False)
        assert done.returncode == 0, (self.folder / "commands.log").read_text(encoding="utf-8", errors="replace")[-2000:]

    def start(self) -> None:
        self.run("pg_ctl", "start", "-w", f"--pgdata={self.data}", f"--log={self.folder}/server.log")

    def stop(self) -> None:
        self.run("pg_ctl", "stop", "--mode=immediate", f"--pgdata={self.data}")

    def asked(self, statement: str) -> object:
        with psycopg.connect(host="127.0.0.1", port=self.port, user="postgres", dbname="postgres", autocommit=True) as link:
            row = link.execute(statement.encode())
            found = row.fetchone() if row.description else None
            return found[0] if found else None

    def set(self, lines: str) -> None:
        with (self.data / "postgresql.auto.conf").open("a", encoding="utf-8") as file:
            file.write(lines + "\n")


def settings_of_the_page(first: str, cluster: Cluster) -> str:
    """The indented block that begins with this line, with the cluster's folders."""
    found = re.search(rf"^       ({first}.*\n(?:       .*\n)*)", PAGE, re.MULTILINE)
    assert found is not None
    return "\n".join(line.strip() for line in found[1].splitlines()).replace("/srv/wal", str(cluster.wal))


@pytest.fixture
def folder_for_all() -> Iterator[Path]:
    """A folder that the server's own user can reach; those of pytest are only its user's."""
    with tempfile.TemporaryDirectory(prefix="motcua-pitr-") as name:
        yield Path(name)


@pytest.fixture
def cluster(folder_for_all: Path) -> Iterator[Cluster]:
    folder = folder_for_all
    made = Cluster(folder)
    made.wal.mkdir()
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres", "postgres")
        shutil.chown(made.wal, "postgres", "postgres")
    made.run(
        "initdb", f"--pgdata={made.data}", "--auth=trust", "--no-sync", "--username=postgres", "--encoding=UTF8", "--no-locale"
    )
    made.set(
        f"port = {made.port}\nlisten_addresses = '127.0.0.1'\nunix_socket_directories = ''\nfsync = off\nshared_buffers = 8MB"
    )
    made.set(settings_of_the_page("wal_level", made))
    made.start()
    yield made
    made.stop()


def test_the_recipe_brings_the_database_back_to_a_moment(cluster: Cluster) -> None:
    cluster.asked("CREATE TABLE message (words text)")
    cluster.asked("INSERT INTO message VALUES ('before the base backup')")
    (command,) = re.findall(r"`pg_basebackup (.*?)`", PAGE)
    options = command.replace("/srv/base/$(date +%F)", str(cluster.base)).split()
    cluster.run("pg_basebackup", "--host=127.0.0.1", f"--port={cluster.port}", "--username=postgres", *options)
    cluster.asked("INSERT INTO message VALUES ('after it')")
    moment = cluster.asked("SELECT clock_timestamp()::text")
    cluster.asked("SELECT pg_sleep(0.01)")
    cluster.asked("DELETE FROM message")
    segment = cluster.asked("SELECT pg_walfile_name(pg_switch_wal())")
    wait_for((cluster.wal / str(segment)).exists, what="the archive")
    cluster.stop()

    cluster.data.rename(cluster.folder / "broken")
    cluster.base.rename(cluster.data)
    lines = settings_of_the_page("restore_command", cluster)
    cluster.set(re.sub(r"recovery_target_time = '.*'", f"recovery_target_time = '{moment}'", lines))
    (cluster.data / "recovery.signal").touch()
    if os.geteuid() == 0:
        shutil.chown(cluster.data / "recovery.signal", "postgres", "postgres")
    cluster.start()
    wait_for(lambda: cluster.asked("SELECT pg_is_in_recovery()") is False, what="the end of the recovery")
    assert cluster.asked("SELECT string_agg(words, ', ' ORDER BY words) FROM message") == "after it, before the base backup"
