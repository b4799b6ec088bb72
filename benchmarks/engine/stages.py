"""The stages of the benchmark: every side under the same loads, two processes against one, another model under traffic."""

import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from statistics import median
from typing import Any

import httpx

from benchmarks.child_processes import resident_mb, served
from benchmarks.compared_engines import ROOT
from benchmarks.engine.citizens import Plan
from benchmarks.engine.conversations import Kind
from benchmarks.engine.figures import Round, load
from benchmarks.engine.measuring import Pids, crowd, measured_round, session
from benchmarks.engine.shares import ENOUGH_CORES, held, share_that_fits
from benchmarks.engine.sides import SECRET, Running, Side, running, side_with_actions
from benchmarks.engine.stores import Stores
from bot.settings import Settings
from motcua.processes import local_url
from motcua.stack import free_ports

Say = Callable[[str], None]
SWITCH_CITIZENS = 4
SWITCH_PAUSE = 0.1
REPLICA_CITIZENS = 32
"""For each engine. A conversation stays with the engine that its name leads to, so that one of two engines has nobody waiting for
1 / (citizens + 1) of the time, however fast it is (a closed network of two stations that are entered by chance)."""
JUDGED_LOAD: tuple[Kind, int] = ("talk", 8)
JUDGED_ROUNDS = 3
"""So many times the rounds for the load that the targets are judged on: on a host with other guests the same engine made 107, 165
and 136 turns a second in three rounds within two minutes."""
MORE_STARTS = 2
"""An engine of ours is started so often before the one that is measured. The first start reads from the disk whatever the machine
does not hold in memory, which is the disk's speed; stock Rasa, which takes a minute, is started once."""
HELD_ROUNDS = 8
"""So many times the rounds, each half as long, for one engine and two held to a share: the target leaves a few hundredths."""


@dataclass(frozen=True)
class Pace:
    """How long each load is measured, after how long a warm-up, so many times on each side in turn."""

    seconds: float = 4.0
    warm: float = 2.0
    rounds: int = 3
    citizens: tuple[int, ...] = (1, 8, 32)
    session: bool = True


QUICK = Pace(seconds=3.0, warm=1.0, rounds=1, citizens=(1, 8), session=False)


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


@dataclass
class _Up:
    """A side whose servers run. ``starts``: seconds of each start of its engine, in order. ``held``: the number of the next
    conversation of each kind; none is held twice, so that a search that remembers questions has heard none of them lately."""

    side: Side
    engine: Running
    pids: Pids
    starts: Sequence[float]
    held: Counter[str] = field(default_factory=Counter)


def measured_sides(ground: Ground, sides: Sequence[Side], ports: Sequence[int], stores: Stores) -> dict[str, Any]:
    """All loads on all sides, in rounds: each side in turn, and again, since a machine's speed changes from minute to minute.
    ``ports``: of the action server of each side. Raises ``ChildFailedError``."""
    with ExitStack() as opened:
        up = []
        for side, port in zip(sides, ports, strict=True):
            ground.say(f"  {side.title}")
            earlier = [_start_alone(ground, side) for _ in range(0 if side.name == "stock" else MORE_STARTS)]
            with_actions = side_with_actions(side, ground.settings, stores, port, ground.folder)
            engine, actions = opened.enter_context(with_actions)
            up.append(_Up(side, engine, Pids([engine.pid], actions, stores.databases()), [*earlier, engine.start_s]))
        loads = [_in_rounds(ground, up, kind, citizens) for kind, citizens in loads_of(ground.pace)]
        sessions = [_long_talk(ground, one) for one in up]
        return {
            one.side.name: {
                "start_s": median(one.starts),
                "first_start_s": one.starts[0],
                "engine_mb": resident_mb(one.engine.pid),
                "loads": {name: found[place] for name, found in loads},
                "session_ms": sessions[place],
            }
            for place, one in enumerate(up)
        }


def _start_alone(ground: Ground, side: Side) -> float:
    """Seconds of a start whose engine ends again."""
    with running(side, ground.folder / f"start-{side.name}.log") as engine:
        return engine.start_s


def _in_rounds(ground: Ground, up: Sequence[_Up], kind: Kind, citizens: int) -> tuple[str, list[dict[str, Any]]]:
    """One load on each side: its name, and what was found."""
    rounds: list[list[Round]] = [[] for _ in up]
    for _ in range(ground.pace.rounds * (JUDGED_ROUNDS if (kind, citizens) == JUDGED_LOAD else 1)):
        for one, own in zip(up, rounds, strict=True):
            plan = ground.plan(one.side, [one.engine.address], kind, citizens)
            own.append(measured_round(replace(plan, first=one.held[kind]), one.pids))
            one.held[kind] = own[-1].heard["conversations"]
    found = [load(citizens, own) for own in rounds]
    for one, figures in zip(up, found, strict=True):
        faults = dict(figures.faults) or ""
        ground.say(f"    {kind}, {citizens}, {one.side.title}: {figures.per_second:.1f} lượt/s, p95 {figures.p95} ms {faults}")
    return f"{kind}-{citizens}", [asdict(one) for one in found]


def _long_talk(ground: Ground, up: _Up) -> dict[str, float | None]:
    if not ground.pace.session:
        return {}
    found = session(ground.plan(up.side, [up.engine.address], "session", 1))
    if not found:
        ground.say(f"    {up.side.title}: cuộc trò chuyện dài không được trả lời hết: không có số đo")
    return found


@contextmanager
def constant_actions(ground: Ground) -> Iterator[int]:
    """The action server that costs next to nothing, in the place of the real one: its process id."""
    command = (sys.executable, "-m", "benchmarks.engine.constant_actions", str(ground.actions_port))
    health = local_url(ground.actions_port, "/")
    with served(command, ROOT, {}, ground.folder / "constant-actions.log", health) as (pid, _seconds):
        yield pid


def measured_replicas(ground: Ground, side: Side, stranger: Side, stores: Stores, cores: int) -> dict[str, Any]:
    """One process and two, over shared stores, with an action server that costs next to nothing; on fewer than ``ENOUGH_CORES``
    cores also with each engine held to a share of a core, one of them beside the ``stranger``: the same engine with stores of its
    own, so that one finds the machine as busy as each of two does. Raises ``ChildFailedError``."""
    ground.say("  một tiến trình và hai tiến trình")
    logs = ground.folder
    with (
        constant_actions(ground) as actions,
        running(side, logs / "one.log") as one,
        running(side, logs / "two.log") as two,
    ):

        def part(plan: Plan, engines: Sequence[Running]) -> Round:
            addresses, pids = [engine.address for engine in engines], [engine.pid for engine in engines]
            return measured_round(replace(plan, addresses=addresses), Pids(pids, actions, stores.databases()))

        def held_part(plan: Plan, engines: Sequence[Running]) -> Round:
            others = [strange] if len(engines) == 1 else []
            pids = [engine.pid for engine in (*engines, *others)]
            with crowd(_of_the_stranger(plan, strange)) if others else nullcontext(), held(pids, share):
                return part(plan, engines)

        plan, pace = ground.plan(side, [], "talk", REPLICA_CITIZENS), ground.pace
        found = _one_and_two(ground, replace(plan, name="replicas"), [one, two], part, pace.rounds)
        if cores >= ENOUGH_CORES or (share := fitting_share(found["one"], cores)) is None:
            return found
        short = replace(plan, name="held", seconds=pace.seconds / 2, warm=pace.warm / 2)
        with running(stranger, logs / "stranger.log") as strange:
            loads = _one_and_two(ground, short, [one, two], held_part, HELD_ROUNDS * pace.rounds)
        return {**found, "held": {"share": share, **loads}}


def _of_the_stranger(plan: Plan, stranger: Running) -> Plan:
    """The same load on the stranger, until it is ended."""
    name, seconds = f"stranger-{plan.first}", 10 * (plan.warm + plan.seconds)
    return replace(plan, addresses=[stranger.address], name=name, seconds=seconds, first=0)


def _one_and_two(
    ground: Ground, plan: Plan, engines: Sequence[Running], part: Callable[[Plan, Sequence[Running]], Round], rounds: int
) -> dict[str, Any]:
    """The loads of the first engine, and of both with twice the citizens, in so many rounds, each measured by ``part``."""
    heard: dict[str, list[Round]] = {"one": [], "two": []}
    for _ in range(rounds):
        for (count, own), some in zip(heard.items(), (engines[:1], engines), strict=True):
            first = own[-1].heard["conversations"] if own else 0
            citizens = plan.citizens * len(some)
            own.append(part(replace(plan, name=f"{plan.name}-{count}", citizens=citizens, first=first), some))
    found = {count: load(plan.citizens * place, own) for place, (count, own) in enumerate(heard.items(), start=1)}
    for count, figures in found.items():
        ground.say(f"    {plan.name}, {count}: {figures.per_second:.1f} lượt/s")
    return {count: asdict(figures) for count, figures in found.items()}


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
