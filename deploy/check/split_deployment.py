"""Starts the product of ``deploy/compose/compose.yaml`` without a container engine, and asks it one question: as root,

    .venv/bin/python -m deploy.check.split_deployment

Every service runs with exactly the variables, secrets, command, user and networks of the file (and the image's variables of the
Containerfile) in namespaces of its own (``isolation``), over real PostgreSQL and Redis. Then: a citizen's question through the
gateway's network only; who can reach Rasa and who cannot; whether the project's folder can be written; a backup that is made and
proved while all runs; memory beside the limits.
The proxy does not run (its file is checked by ``caddy validate``). Ends with 1 where something is not as it should be.
"""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from deploy.check import stores
from deploy.check.compose_file import FOLDER, Composition, Service, read_composition
from deploy.check.container_file import read_stages
from deploy.check.isolation import PROJECT, STRANGER, STRANGERS_NETWORKS, Container, Networks, reachable

VARIABLES = {
    "PUBLIC_HOST": "motcua.example.gov.vn",
    "CONSOLE_HOST": "console.example.gov.vn",
    "CONSOLE_NETWORKS": "10.0.0.0/8",
    "ACME_EMAIL": "admin@example.gov.vn",
}
QUESTION = "Đăng ký khai sinh cho con cần giấy tờ gì?"
LEFT_OUT = ("proxy", "sender", "trainer")
ON_DEMAND = ("backup", "restore")
"""Run by hand or by the clock, and not with the others."""
START_SECONDS = 240
_PYTHON = {"engine": "/opt/motcua/.venv-engine/bin/python", "app": "/opt/motcua/.venv/bin/python"}


class NotAsItShouldBeError(Exception):
    """What was found, in words."""


def say(text: str) -> None:
    """One line."""
    print(text, flush=True)


class Deployment:
    """The running services of one composition in a folder of its own."""

    def __init__(self, composition: Composition, folder: Path) -> None:
        self.services = {name: one for name, one in composition.services.items() if name not in LEFT_OUT}
        self._folder, self._secrets = folder, folder / "secrets"
        self._stages = read_stages()
        self.networks = Networks(composition, list(self.services.values()), f"mc{os.getpid()}")
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        subprocess.run(
            ["sh", str(FOLDER / "make-secrets.sh")],
            env={**os.environ, "SECRETS_DIR": str(self._secrets)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            check=True,
        )

    def container(self, service: Service, command: tuple[str, ...] | None = None) -> Container:
        """How this service (or another command in its place) runs."""
        image = service.image.rpartition("/")[2].partition(":")[0]
        stage = self._stages[image]
        built_in = next(rest for word, rest in reversed(stage.instructions) if word == "CMD") if not service.command else "[]"
        own = (*(service.raw.get("entrypoint") or ()), *service.command)
        words = command or own or tuple(part.strip(' "') for part in built_in.strip("[]").split(","))
        python = _PYTHON["engine" if image == "engine" else "app"]
        hosts = self._folder / f"{service.name}.hosts"
        volumes = [(one + ":").split(":")[:3] for one in service.volumes]
        hosts.write_text(self.networks.hosts(service.name), encoding="utf-8")
        return Container(
            namespace=self.networks.namespace(service.name),
            environment={**stage.environment, **service.environment},
            command=tuple(python if word in ("python", "/usr/local/bin/python3") else word for word in words),
            user=int(str(service.raw["user"]).partition(":")[0]),
            hosts=hosts,
            secrets={name: self._secrets / name for name in service.secrets},
            mounts={place: self._volume(name) for name, place, _ in volumes},
            read_only=frozenset(place for _, place, how in volumes if how == "ro"),
        )

    def _volume(self, name: str) -> Path:
        folder = self._folder / "volumes" / name
        if not folder.exists():
            folder.mkdir(parents=True)
            os.chown(folder, 10001, 10001)
        return folder

    def start(self) -> None:
        """Stores, the two one-time services, then all others; waits until each is healthy by its own check."""
        self.networks.make()
        postgres = self.services["postgres"]
        self.processes["postgres"] = stores.start_postgres(
            postgres, self.networks.namespace("postgres"), self._folder, self._secrets
        )
        self.processes["redis"] = stores.start_redis(self.networks.namespace("redis"), self._folder, self._secrets)
        started = [one for one in self.services.values() if one.name not in ON_DEMAND]
        once = [one for one in started if one.raw["restart"] == "no"]
        for service in once:
            done = self.container(service).run()
            if done.returncode:
                raise NotAsItShouldBeError(f"{service.name} ended with {done.returncode}: {(done.stdout + done.stderr)[-1500:]}")
            say(f"  ✓ {service.name} (once)")
        lasting = [one for one in started if one not in once and one.name not in ("postgres", "redis")]
        for service in lasting:
            self.processes[service.name] = self.container(service).start(self._folder / f"{service.name}.log")
        began = time.monotonic()
        for service in lasting:
            self._wait_healthy(service, began + START_SECONDS)
            say(f"  ✓ {service.name} is healthy ({time.monotonic() - began:.0f} s)")

    def _wait_healthy(self, service: Service, until: float) -> None:
        probe = self.container(service, self.health_command(service))
        while (done := probe.run()).returncode:
            if self.processes[service.name].poll() is not None or time.monotonic() > until:
                log = (self._folder / f"{service.name}.log").read_text(encoding="utf-8", errors="replace")
                raise NotAsItShouldBeError(f"{service.name} is not healthy: {done.stderr[-300:]}\n{log[-2500:]}")
            time.sleep(0.5)

    def health_command(self, service: Service) -> tuple[str, ...]:
        """The command of the service's health check, or of its image's."""
        own = (service.raw.get("healthcheck") or {}).get("test")
        if own:
            return tuple(str(part) for part in own[1:])
        built_in = next(rest for word, rest in self._stages["runtime"].instructions if word == "HEALTHCHECK")
        return tuple(part.strip(' "') for part in built_in.partition("CMD [")[2].rstrip("]").split(","))

    def stop(self) -> None:
        """SIGTERM to all; what has not ended after its grace period is a fault that is told."""
        for process in self.processes.values():
            _signal(process, signal.SIGTERM)
        late = []
        for name, process in self.processes.items():
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                late.append(name)
            _signal(process, signal.SIGKILL)
        self.networks.remove()
        if late:
            say(f"  ! not ended 30 s after SIGTERM: {', '.join(late)}")


def _signal(process: "subprocess.Popen[bytes]", number: int) -> None:
    try:
        os.killpg(process.pid, number)
    except ProcessLookupError:
        return


def ask(deployment: Deployment) -> None:
    """A citizen's question, from a neighbour of the gateway on the proxy's network."""
    gateway = deployment.networks.addresses["gateway"]["front"]
    code = (
        "import json, sys; from motcua.webchat_client import WebchatClient\n"
        "print(json.dumps(WebchatClient(sys.argv[1]).say(sys.argv[2]), ensure_ascii=False))"
    )
    asker = deployment.services["console"]
    asked = deployment.container(asker, ("python", "-c", code, f"http://{gateway}:8080", QUESTION)).run()
    answer = asked.stdout.strip()
    if asked.returncode or "khai sinh" not in answer.lower():
        raise NotAsItShouldBeError(f"no answer to the question: {answer[-500:]} {asked.stderr[-1500:]}")
    say(f"  ✓ «{QUESTION}»\n    → {answer[:200]}…")


def look_at_reach(deployment: Deployment) -> None:
    """Rasa, the action server, the model server and the stores are reached by their users and by nobody else."""
    networks, checked = deployment.networks, 0
    for target, port in (("engine-a", 5005), ("engine-b", 5005), ("actions", 5055), ("model-server", 5007), ("redis", 6379)):
        for address in networks.addresses[target].values():
            for name, service in deployment.services.items():
                if name == target or not service.networks:
                    continue
                allowed = address in networks.hosts(name)
                if reachable(networks.namespace(name), address, port, 10.0 if allowed else 0.3) != allowed:
                    raise NotAsItShouldBeError(f"{name} → {target}:{port}: {'must' if allowed else 'must not'} be reached")
                checked += 1
            if reachable(networks.namespace(STRANGER), address, port, 0.3):
                raise NotAsItShouldBeError(f"a stranger on the networks {', '.join(STRANGERS_NETWORKS)} reaches {target}:{port}")
    if not reachable(networks.namespace("console"), networks.addresses["gateway"]["front"], 8080):
        raise NotAsItShouldBeError("the gateway is not reached from the proxy's network")
    say(f"  ✓ private ports: {checked} ways tried, only those of the network rasa are open; a stranger reaches none")


def look_at_files(deployment: Deployment) -> None:
    """No service can write where it should not, and none runs as root."""
    code = (
        "import os, sys\n"
        "for place in ('/opt/motcua', '/opt/motcua/bot', '/etc', '/usr', '/run/secrets'):\n"
        "    try: open(os.path.join(place, 'x'), 'w').close()\n"
        "    except OSError: continue\n"
        "    sys.exit(f'{place} can be written')\n"
        "sys.exit('root' if os.geteuid() == 0 else 0)"
    )
    for name in ("gateway", "worker", "actions", "engine-a", "console"):
        done = deployment.container(deployment.services[name], ("python", "-c", code)).run()
        if done.returncode:
            raise NotAsItShouldBeError(f"{name}: {done.stderr}")
    say("  ✓ uid 10001, the project, /etc, /usr and the secrets are read-only")


def take_backup(deployment: Deployment) -> None:
    """A backup is made, and proved by restoring it, in the container that is there for it, while everything runs."""
    service = deployment.services["backup"]
    words = tuple(str(one) for one in service.raw["entrypoint"])
    for command in (("create", "--verify"), ("list",)):
        done = deployment.container(service, (*words, *command)).run()
        if done.returncode:
            raise NotAsItShouldBeError(f"backup {' '.join(command)}: {(done.stdout + done.stderr)[-1500:]}")
        say("\n".join(f"    {line}" for line in done.stdout.strip().splitlines()))
    say("  ✓ a backup was made and proved, as uid 10001 and with everything but its own folder read-only")


def look_at_memory(deployment: Deployment) -> None:
    """What each uses now beside its limit in the file."""
    for name, process in deployment.processes.items():
        if name in ("postgres", "redis"):
            continue
        used = sum(_resident(number) for number in _family(process.pid))
        limit = deployment.services[name].raw["mem_limit"]
        say(f"    {name:<18}{used / 1e6:6.0f} MB of {limit}")


def _family(pid: int) -> list[int]:
    """The process and all that it started."""
    children = [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return [pid, *(number for child in children for number in _family(child))]


def _resident(pid: int) -> int:
    """Bytes in memory."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


@contextmanager
def running(folder: Path) -> Iterator[Deployment]:
    """The deployment for the length of the block."""
    deployment = Deployment(read_composition(VARIABLES), folder)
    try:
        deployment.start()
        yield deployment
    finally:
        deployment.stop()


def main() -> int:
    """The exit code."""
    if os.geteuid() != 0:
        say("this check makes namespaces and needs root")
        return 2
    if not list((PROJECT / "models").glob("*.tar.gz")):
        say("there is no trained model: make train")
        return 2
    with tempfile.TemporaryDirectory(prefix="motcua-split-") as folder:
        os.chmod(folder, 0o711)
        try:
            with running(Path(folder)) as deployment:
                ask(deployment)
                look_at_reach(deployment)
                look_at_files(deployment)
                take_backup(deployment)
                look_at_memory(deployment)
        except (NotAsItShouldBeError, stores.StoreMissingError, subprocess.CalledProcessError) as error:
            say(f"  ✗ {error}{getattr(error, 'stderr', None) or ''}")
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
