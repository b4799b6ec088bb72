"""The sides that are measured, and the servers of each: the engine and the same action server."""

import secrets
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import yaml
from cryptography.fernet import Fernet
from pydantic import SecretStr

from benchmarks.child_processes import served
from benchmarks.compared_engines import ROOT, quiet_environment
from benchmarks.engine.doors import Door
from benchmarks.engine.stores import Stores
from bot.settings import Settings
from motcua.preparation import child_environment
from motcua.processes import local_url
from motcua.stack import free_ports

SideName = Literal["stock", "unpatched", "ours"]
SECRET = "secret-of-the-benchmark"
UNPATCHED = "--unpatched"
START_PATIENCE = 1200.0
"""Seconds: stock Rasa builds its networks' graphs at each start, which takes long on a busy machine."""


@dataclass(frozen=True)
class Side:
    """``command`` and ``environment`` start its engine; ``{port}`` is filled in."""

    name: SideName
    title: str
    door: Door
    command: tuple[str, ...]
    cwd: Path
    environment: Mapping[str, str]
    health: str


@dataclass(frozen=True)
class Running:
    """An engine that answers: its process, its address and the seconds until it was healthy."""

    pid: int
    address: str
    start_s: float


def stock_side(environment: Path, project: Path, model: Path, stores: Stores, actions_url: str, folder: Path) -> Side:
    """Stock Rasa with its default configuration; its files of this run lie in ``folder``."""
    endpoints, credentials = folder / "endpoints.yml", folder / "credentials.yml"
    endpoints.write_text(yaml.safe_dump(stores.stock_endpoints(actions_url)), encoding="utf-8")
    credentials.write_text("rest:\n", encoding="utf-8")
    files = ("--endpoints", str(endpoints), "--credentials", str(credentials), "--model", str(model))
    command = (str(environment / "bin" / "python"), "-m", "rasa", "run", "--enable-api", "-i", "127.0.0.1", "--port", "{port}")
    return Side("stock", "stock Rasa", "rest", (*command, *files), project, quiet_environment({}), "/status")


def our_side(name: SideName, python: Path, model: Path, stores: Stores, actions_url: str, folder: Path) -> Side:
    """Our engine, with its changes to Rasa or (``unpatched``) without those that make it faster."""
    environment = {
        "ENGINE_SECRET": SECRET,
        "ENGINE_PORT": "{port}",
        "ACTIONS_URL": actions_url,
        "TRACKER_URL": stores.tracker_url(folder),
        **({"REDIS_URL": stores.redis_url} if stores.redis_url else {}),
    }
    command = (str(python), "-m", "engine.launch", "run", "--model", str(model))
    title = {"unpatched": "ours, unpatched", "ours": "ours"}[name]
    flags = (UNPATCHED,) if name == "unpatched" else ()
    return Side(name, title, "private", (*command, *flags), ROOT, quiet_environment(environment), "/health")


@contextmanager
def running(side: Side, log: Path, port: int | None = None) -> Iterator[Running]:
    """The side's engine for the length of the block. Raises ``ChildFailedError``."""
    at = str(port or free_ports(1)[0])
    command = [part.replace("{port}", at) for part in side.command]
    environment = {name: value.replace("{port}", at) for name, value in side.environment.items()}
    health = f"http://127.0.0.1:{at}{side.health}"
    with served(command, side.cwd, environment, log, health, patience=START_PATIENCE) as (pid, seconds):
        yield Running(pid, f"127.0.0.1:{at}", seconds)


@contextmanager
def running_actions(settings: Settings, stores: Stores, port: int, log: Path) -> Iterator[int]:
    """The real action server for the length of the block: its process id. Raises ``ChildFailedError``."""
    own = action_settings(settings, stores, port, log.parent)
    command = (sys.executable, "-m", "actions")
    environment = {**child_environment(own), "PYTHONUNBUFFERED": "1"}
    with served(command, ROOT, environment, log, local_url(port, "/health")) as (pid, _seconds):
        yield pid


def action_settings(settings: Settings, stores: Stores, port: int, folder: Path) -> Settings:
    """The settings in force with a ledger and secrets of the benchmark's own."""
    values: dict[str, Any] = {
        "database_url": stores.ledger,
        "actions_port": port,
        "var_dir": folder,
        "ledger_key": SecretStr(Fernet.generate_key().decode()),
        "engine_secret": SecretStr(SECRET),
        "web_session_secret": SecretStr(secrets.token_urlsafe(32)),
        "portal_client_secret": SecretStr(secrets.token_urlsafe(32)),
    }
    return settings.model_copy(update=values)


@contextmanager
def side_with_actions(
    side: Side, settings: Settings, stores: Stores, actions_port: int, folder: Path
) -> Iterator[tuple[Running, int]]:
    """The side's engine and a new action server: the engine, and the action server's process id."""
    with ExitStack() as opened:
        actions = opened.enter_context(running_actions(settings, stores, actions_port, folder / f"actions-{side.name}.log"))
        yield opened.enter_context(running(side, folder / f"engine-{side.name}.log")), actions
