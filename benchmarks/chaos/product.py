"""The product that is to be shaken: its real processes, several workers and senders, beside whatever else runs on the machine."""

import dataclasses
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from benchmarks.chaos.evidence import Evidence
from benchmarks.chaos.phones import Phones
from benchmarks.chaos.plan import Plan
from benchmarks.chaos.upheaval import Upheaval
from bot.settings import PLATFORMS, Settings
from bot.storage.database import open_database
from motcua import stack
from motcua.platforms import connect_simulators
from motcua.preparation import child_environment
from motcua.processes import ProcessSpec, product_processes
from motcua.supervisor import Supervisor

_SEVERAL = ("worker", "sender")
_NEVER_KILLED = ("portal",)
_SLOW_STARTERS = ("engine", "engine-b", "actions")


def shaken_settings(folder: Path, database_url: str | None = None) -> Settings:
    """Settings with all platforms on, spoken by their simulators; own ports, own ledger and folder."""
    settings = stack.load_settings().model_copy(update={"channels": ",".join(PLATFORMS), "platform_simulators": True})
    own = stack.private_settings(settings, folder)
    return own.model_copy(update={"database_url": database_url}) if database_url else own


def crew(settings: Settings, copies: int) -> list[ProcessSpec]:
    """The product's processes that a message meets, with ``copies`` workers and senders."""
    specs = []
    for spec in product_processes(settings):
        if spec.name == "console":
            continue
        specs.append(spec)
        if spec.name in _SEVERAL:
            specs += [dataclasses.replace(spec, name=f"{spec.name}-{number}") for number in range(2, copies + 1)]
    return specs


def killable(specs: Sequence[ProcessSpec]) -> list[str]:
    """The names of our processes; those that are up again within seconds twice, since they meet more traffic. The platforms and
    the portal are not ours to kill."""
    ours = [spec.name for spec in specs if not spec.name.endswith("-simulator") and spec.name not in _NEVER_KILLED]
    return [*ours, *(name for name in ours if name not in _SLOW_STARTERS)]


@contextmanager
def started(settings: Settings, specs: Sequence[ProcessSpec], say: Callable[[str], None]) -> Iterator[Supervisor]:
    """The processes, healthy and connected with the platforms' simulators; stopped at the end."""
    supervisor = Supervisor(specs, settings.var_dir / "log", child_environment(settings), say)
    supervisor.start()
    try:
        supervisor.wait_healthy()
        connect_simulators(settings, say)
        yield supervisor
    finally:
        supervisor.stop()


@dataclasses.dataclass(frozen=True)
class Shaken:
    """What a run left behind."""

    evidence: Evidence
    killed: dict[str, int]


def shake(
    settings: Settings, specs: Sequence[ProcessSpec], plan: Plan, calm_seconds: float, say: Callable[[str], None]
) -> Shaken:
    """Starts the processes on a ledger that is there already, carries the plan out and gathers the evidence."""
    database = open_database(settings.database_url)
    try:
        with started(settings, specs, say) as supervisor, Phones(settings) as phones:
            upheaval = Upheaval(supervisor, phones, database.sessions, say)
            evidence = upheaval.carry_out(plan, calm_seconds)
            return Shaken(evidence, dict(upheaval.killed))
    finally:
        database.engine.dispose()
