"""The stages of the benchmark: every side under the same loads, two processes against one, another model under traffic."""

import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import httpx

from benchmarks.child_processes import resident_mb, served
from benchmarks.compared_engines import ROOT
from benchmarks.engine.citizens import Plan
from benchmarks.engine.conversations import Kind
from benchmarks.engine.measuring import Pids, crowd, measured, session
from benchmarks.engine.shares import ENOUGH_CORES, held, share_that_fits
from benchmarks.engine.sides import SECRET, Side, running, side_with_actions
from benchmarks.engine.stores import Stores
from bot.settings import Settings
from motcua.processes import local_url
from motcua.stack import free_ports

Say = Callable[[str], None]
SWITCH_CITIZENS = 4
SWITCH_PAUSE = 0.1
REPLICA_CITIZENS = 16


@dataclass(frozen=True)
class Pace:
    """How long each load is measured, after how long a warm-up."""

    seconds: float = 10.0
    warm: float = 4.0
    citizens: tuple[int, ...] = (1, 8, 32)
    session: bool = True


QUICK = Pace(seconds=3.0, warm=1.0, citizens=(1, 8), session=False)


@dataclass(frozen=True)
class Ground:
    """What all stages stand on. ``actions_port``: where the action server listens; engines are told it when they start."""

    settings: Settings
    asked: list[str]
    pace: Pace
    folder: Path
    actions_port: int
    say: Say

    def plan(self, side: Side, addresses: list[str], kind: Kind, citizens: int) -> Plan:
        """A load of this kind."""
        name = f"{side.name}-{kind}-{citizens}"
        return Plan(side.door, addresses, SECRET, kind, citizens, self.asked, name, self.pace.seconds, self.pace.warm)


def loads_of(pace: Pace) -> list[tuple[Kind, int]]:
    """Whole conversations by so many citizens at once, then the kinds of turns apart."""
    return [*(("talk", count) for count in pace.citizens), ("question", 8), ("button", 8)]


def measured_side(ground: Ground, side: Side, stores: Stores) -> dict[str, Any]:
    """All loads on one side. Raises ``ChildFailedError``."""
    ground.say(f"  {side.title}")
    with side_with_actions(side, ground.settings, stores, ground.actions_port, ground.folder) as (engine, actions):
        loads, pids = {}, Pids([engine.pid], actions, stores.databases())
        for kind, citizens in loads_of(ground.pace):
            found = measured(ground.plan(side, [engine.address], kind, citizens), pids)
            ground.say(f"    {kind}, {citizens}: {found.per_second:.1f} lượt/s, p95 {found.p95} ms {dict(found.faults) or ''}")
            loads[f"{kind}-{citizens}"] = asdict(found)
        one = session(ground.plan(side, [engine.address], "session", 1)) if ground.pace.session else {}
        if ground.pace.session and not one:
            ground.say("    cuộc trò chuyện dài không được trả lời hết: không có số đo")
        return {"start_s": engine.start_s, "engine_mb": resident_mb(engine.pid), "loads": loads, "session_ms": one}


@contextmanager
def constant_actions(ground: Ground) -> Iterator[int]:
    """The action server that costs next to nothing, in the place of the real one: its process id."""
    command = (sys.executable, "-m", "benchmarks.engine.constant_actions", str(ground.actions_port))
    health = local_url(ground.actions_port, "/")
    with served(command, ROOT, {}, ground.folder / "constant-actions.log", health) as (pid, _seconds):
        yield pid


def measured_replicas(ground: Ground, side: Side, stores: Stores, cores: int) -> dict[str, Any]:
    """One process and two, over shared stores, with an action server that costs next to nothing; on fewer than ``ENOUGH_CORES``
    cores also with each engine held to a share of a core. Raises ``ChildFailedError``."""
    ground.say("  một tiến trình và hai tiến trình")
    logs = ground.folder
    with (
        constant_actions(ground) as actions,
        running(side, logs / "one.log") as one,
        running(side, logs / "two.log") as two,
    ):

        def compared(name: str, share: float | None) -> dict[str, Any]:
            found = {}
            for count, some in {"one": [one], "two": [one, two]}.items():
                plan = ground.plan(side, [engine.address for engine in some], "talk", REPLICA_CITIZENS)
                pids = [engine.pid for engine in some]
                with held(pids, share) if share is not None else nullcontext():
                    load = measured(replace(plan, name=f"{name}-{count}"), Pids(pids, actions, stores.databases()))
                found[count] = asdict(load)
                ground.say(f"    {name}, {count}: {load.per_second:.1f} lượt/s")
            return found

        found = compared("replicas", None)
        if cores < ENOUGH_CORES and (share := fitting_share(found["one"], cores)) is not None:
            found["held"] = {"share": share, **compared("held", share)}
        return found


def fitting_share(load: Mapping[str, Any], cores: int) -> float | None:
    """The share of a core that two engines may have each so that the rest of this load fits too; None where the system does not
    tell processor times."""
    parts = [load[name] for name in ("engine_cpu_ms", "client_cpu_ms", "actions_cpu_ms")]
    if any(part is None for part in parts):
        return None
    return share_that_fits(cores, parts[0], sum(parts[1:]) + (load["stores_cpu_ms"] or 0.0))


def measured_switch(ground: Ground, side: Side, stores: Stores, model: Path, start_s: float) -> dict[str, Any]:
    """Another model under traffic: ours by a new process that turns move to, stock Rasa's by its own ``PUT /model``. ``start_s``:
    how long this side takes to start. Raises ``ChildFailedError``."""
    ground.say(f"  {side.title}: đổi mô hình khi đang có người hỏi")
    pace = replace(ground.pace, seconds=6 + (2.5 if side.name == "stock" else 4) * start_s)
    with side_with_actions(side, ground.settings, stores, ground.actions_port, ground.folder) as (engine, _actions):
        plan = replace(ground, pace=pace).plan(side, [engine.address], "talk", SWITCH_CITIZENS)
        with crowd(replace(plan, name=f"switch-{side.name}", pause=SWITCH_PAUSE)) as citizens:
            citizens.wait_for("begin")
            began = time.monotonic()
            if side.name == "stock":
                _put_model(engine.address, model)
                took = time.monotonic() - began
                citizens.wait_for("end")
            else:
                with running(side, ground.folder / "engine-new.log", free_ports(1)[0]) as new:
                    citizens.switch([new.address])
                    took = time.monotonic() - began
                    citizens.wait_for("end")
            heard = citizens.heard()
    ms: Sequence[float] = heard["ms"]
    return {
        "took_s": round(took, 1),
        "turns": len(ms),
        "longest_ms": round(max(ms), 1) if ms else None,
        "lost": sum(heard["faults"].values()),
        "faults": heard["faults"],
    }


def _put_model(address: str, model: Path) -> None:
    with httpx.Client(trust_env=False, timeout=600) as client:
        client.put(f"http://{address}/model", json={"model_file": str(model)}).raise_for_status()
