"""The citizens at the platforms' simulators: made before the run, their screens read after it."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime

import httpx

from benchmarks.load.traffic import CHANNELS
from bot.settings import Settings
from motcua.platforms import SIMULATOR_PORTS
from motcua.processes import local_url

_PSID_LENGTH = 15


@dataclass(frozen=True)
class Shown:
    """A message of ours on a screen; ``at``: seconds since the epoch."""

    channel: str
    id: str
    at: float


class Phones:
    """Every citizen has one, on the platform of their number."""

    def __init__(self, settings: Settings, citizens: int) -> None:
        self._open = ExitStack()
        self._planes = {
            name: self._open.enter_context(
                httpx.Client(
                    base_url=local_url(getattr(settings, SIMULATOR_PORTS[name][1]), "/_sim/"), timeout=60, trust_env=False
                )
            )
            for name in CHANNELS
        }
        self.users: Sequence[str] = [str(10**_PSID_LENGTH + number) for number in range(citizens)]

    def begin(self) -> None:
        """Every citizen is there and has written once, which opens the platforms' windows for our answers."""
        for number, user in enumerate(self.users):
            plane = self._planes[CHANNELS[number % len(CHANNELS)]]
            plane.post("users", json={"id": user, "name": f"Công dân {number + 1}"}).raise_for_status()
            plane.post(f"users/{user}/say", json={"text": "xin chào"}).raise_for_status()

    def shown(self) -> Iterator[Shown]:
        """What the citizens saw of us; what a platform refused was seen by nobody."""
        for number, user in enumerate(self.users):
            channel = CHANNELS[number % len(CHANNELS)]
            answer = self._planes[channel].get(f"users/{user}/transcript").raise_for_status().json()
            for one in answer["messages"]:
                if one["author"] == "bot" and one["refused"] is None:
                    yield Shown(channel, one["id"], datetime.fromisoformat(one["at"]).timestamp())

    def close(self) -> None:
        """Closes the connections."""
        self._open.close()
