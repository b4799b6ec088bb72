"""The citizens, in a process of their own: ``python -m benchmarks.engine.citizens`` reads a plan (one JSON line), says ``begin``
and ``end`` on lines of their own around the measured time, then the figures as a JSON line.

A line ``switch HOST:PORT`` on its input sends all further turns there.
"""

import asyncio
import json
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from benchmarks.engine.conversations import Kind, Said, conversation, endless_session
from benchmarks.engine.doors import Door, fault, request
from benchmarks.engine.one_line import ConnectionLostError, OneLine
from connectors.gateway.engine_processes import rendezvous

PATIENCE = 120.0
"""Seconds that a citizen waits for an answer before the turn counts as lost."""


@dataclass(frozen=True)
class Plan:
    """What the citizens do. ``addresses``: host:port of each process of the engine; ``seconds`` of measured time after ``warm``
    ones, or ``messages`` for each citizen; ``pause``: seconds between an answer and the next message; ``first``: number of the
    first conversation, where others were held before."""

    door: Door
    addresses: list[str]
    secret: str
    kind: Kind
    citizens: int
    asked: list[str]
    name: str
    seconds: float = 0.0
    warm: float = 0.0
    messages: int = 0
    pause: float = 0.0
    first: int = 0


@dataclass
class Heard:
    """What came of it: milliseconds of each answered turn in the measured time, in the order of their ends; ``faults`` counts
    what was no answer; ``conversations``: the number that a next one would have."""

    ms: list[float] = field(default_factory=list)
    faults: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0
    own_cpu_s: float = 0.0
    conversations: int = 0


class Citizens:
    """All citizens of a plan."""

    def __init__(self, plan: Plan) -> None:
        self._plan, self._heard = plan, Heard()
        self._addresses = list(plan.addresses)
        self._measured = plan.warm == 0
        self._over = False
        self._conversations = plan.first

    async def speak(self) -> Heard:
        """Carries the plan out."""
        listening = asyncio.create_task(self._listen())
        speaking = [asyncio.create_task(self._citizen(number)) for number in range(self._plan.citizens)]
        if self._plan.warm:
            await asyncio.sleep(self._plan.warm)
        self._measured = True
        print("begin", flush=True)
        began, cpu = time.perf_counter(), time.process_time()
        if self._plan.seconds:
            await asyncio.sleep(self._plan.seconds)
            self._over = True
            # Turns that began within the time belong to it only where they also ended in it.
            self._measured = False
            self._heard.seconds = time.perf_counter() - began
            self._heard.own_cpu_s = time.process_time() - cpu
            print("end", flush=True)
            await asyncio.gather(*speaking)
        else:
            await asyncio.gather(*speaking)
            self._heard.seconds = time.perf_counter() - began
            self._heard.own_cpu_s = time.process_time() - cpu
            print("end", flush=True)
        listening.cancel()
        self._heard.conversations = self._conversations
        return self._heard

    async def _listen(self) -> None:
        reader = asyncio.StreamReader()
        await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
        while line := (await reader.readline()).decode().split():
            if line[0] == "switch":
                self._addresses = line[1:]

    async def _citizen(self, number: int) -> None:
        lines: dict[str, OneLine] = {}
        for said, (name, turn, one) in enumerate(self._words(number)):
            if self._over or (self._plan.messages and said >= self._plan.messages):
                break
            address = rendezvous(name, self._addresses)[0] if len(self._addresses) > 1 else self._addresses[0]
            if address not in lines:
                host, _, port = address.rpartition(":")
                lines[address] = OneLine(host, int(port))
            await self._turn(lines[address], name, turn, one)
            if self._plan.pause:
                await asyncio.sleep(self._plan.pause)
        for line in lines.values():
            line.close()

    def _words(self, number: int) -> Iterator[tuple[str, int, Said]]:
        if self._plan.kind == "session":
            yield from ((f"{self._plan.name}-{number}", turn, one) for turn, one in enumerate(endless_session(), start=1))
        while True:
            index, self._conversations = self._conversations, self._conversations + 1
            for turn, one in enumerate(conversation(self._plan.kind, index, self._plan.asked), start=1):
                yield f"{self._plan.name}-{index}", turn, one

    async def _turn(self, line: OneLine, name: str, number: int, said: Said) -> None:
        asked = request(self._plan.door, name, number, said, self._plan.secret)
        began = time.perf_counter()
        try:
            async with asyncio.timeout(PATIENCE):
                status, body = await line.post(asked.path, asked.headers, asked.body)
            wrong = fault(self._plan.door, status, body)
        except TimeoutError:
            line.close()
            wrong = "timeout"
        except ConnectionLostError as error:
            wrong = str(error)
        if not self._measured:
            return
        if wrong is None:
            self._heard.ms.append((time.perf_counter() - began) * 1000)
        else:
            self._heard.faults[wrong] += 1


def main() -> None:
    """Reads the plan, carries it out, writes what came of it."""
    plan: dict[str, Any] = json.loads(sys.stdin.readline())
    heard = asyncio.run(Citizens(Plan(**plan)).speak())
    print(json.dumps(vars(heard)), flush=True)


if __name__ == "__main__":
    try:
        import uvloop

        uvloop.install()
    except ImportError:
        pass
    main()
