"""PostgreSQL and Redis for the split deployment: real servers of this machine, set up by the very files that compose mounts."""

import glob
import os
import pwd
import shutil
import subprocess
from pathlib import Path

from deploy.check.compose_file import FOLDER, Service


class StoreMissingError(Exception):
    """A server program is not installed; the message names it."""


def postgres_programs() -> Path:
    """The folder of the newest PostgreSQL. Raises ``StoreMissingError``."""
    found = sorted(glob.glob("/usr/lib/postgresql/*/bin/initdb"))
    if not found:
        raise StoreMissingError("PostgreSQL's server programs are not installed")
    return Path(found[-1]).parent


def start_postgres(service: Service, namespace: str, folder: Path, secrets: Path) -> "subprocess.Popen[bytes]":
    """As the image does it: a new cluster, the script of ``/docker-entrypoint-initdb.d``, then the server for the networks."""
    programs, user = postgres_programs(), pwd.getpwnam("postgres")
    data, run = folder / "postgres", folder / "postgres-run"
    for path in (data, run):
        path.mkdir()
        os.chown(path, user.pw_uid, user.pw_gid)
    as_user = ["setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]
    password = folder / "postgres-password"
    shutil.copy(secrets / "postgres_password", password)
    password.chmod(0o444)
    arguments = service.environment["POSTGRES_INITDB_ARGS"].split()
    local = ["--auth-local=trust", "--auth-host=scram-sha-256", "--username=postgres", f"--pwfile={password}"]
    _run([*as_user, str(programs / "initdb"), "--no-sync", "-D", str(data), *arguments, *local])
    with (data / "pg_hba.conf").open("a", encoding="utf-8") as rules:
        rules.write("host all all all scram-sha-256\n")
    server = [*as_user, str(programs / "postgres"), "-D", str(data), "-k", str(run), "-c", "fsync=off"]
    log = (folder / "postgres.log").open("ab")
    process = subprocess.Popen(
        ["ip", "netns", "exec", namespace, *server, "-c", "listen_addresses=*"], stdout=log, stderr=log, start_new_session=True
    )
    _wait_for([str(programs / "pg_isready"), "--quiet", "-h", str(run)])
    script = (FOLDER / "postgres-init.sh").read_text(encoding="utf-8").replace("/run/secrets/", f"{secrets}/")
    _run(["sh", "-c", script], {**os.environ, "PGHOST": str(run), "PATH": f"{programs}:{os.environ['PATH']}"})
    return process


def start_redis(namespace: str, folder: Path, secrets: Path) -> "subprocess.Popen[bytes]":
    """With the configuration that is a secret of the service; its folder is another here."""
    if shutil.which("redis-server") is None:
        raise StoreMissingError("redis-server is not installed")
    own = folder / "redis.conf"
    own.write_text((secrets / "redis_conf").read_text(encoding="utf-8").replace("dir /data", f"dir {folder}"), encoding="utf-8")
    log = (folder / "redis.log").open("ab")
    return subprocess.Popen(
        ["ip", "netns", "exec", namespace, "redis-server", str(own)], stdout=log, stderr=log, start_new_session=True
    )


def _run(command: list[str], environment: dict[str, str] | None = None) -> None:
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, cwd="/")
    if done.returncode:
        raise StoreMissingError(f"{command[0]} failed: {(done.stdout + done.stderr)[-800:]}")


def _wait_for(command: list[str], seconds: int = 30) -> None:
    subprocess.run(
        ["sh", "-c", f'n=0; until "$@"; do n=$((n+1)); [ $n -lt {seconds * 5} ] || exit 1; sleep 0.2; done', "-", *command],
        check=True,
    )
