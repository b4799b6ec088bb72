"""The citizens' phones: the control planes of the platforms' simulators."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Any, Self

import httpx

from benchmarks.chaos.evidence import Citizen, Shown
from bot.settings import Settings
from motcua.platforms import SIMULATOR_PORTS
from motcua.processes import local_url

BEHIND = timedelta(hours=12)
"""The platforms' clocks start so far in the past: they are moved on while events wait for their next attempt, and must never pass
ours, since the ledger takes a time in the future for now and with it would lose the order of the messages."""

HURRY_SECONDS = 20.0
PLATFORM_SECONDS = 0.2
"""How long a platform takes for a call."""

_UNDER_WAY = frozenset({"held", "waiting", "posting"})


class Phones(AbstractContextManager["Phones"]):
    """All citizens, on all platforms."""

    def __init__(self, settings: Settings) -> None:
        self._planes = {
            name: httpx.Client(
                base_url=local_url(getattr(settings, SIMULATOR_PORTS[name][1]), "/_sim/"), timeout=30, trust_env=False
            )
            for name in settings.enabled_channels
        }
        self._citizens: list[tuple[str, str]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        for plane in self._planes.values():
            plane.close()

    def set_up(self) -> None:
        """To be done once, before anybody writes: the clocks go back, and the platforms take their time as real ones do."""
        then = (datetime.now(UTC) - BEHIND).isoformat()
        for channel in self._planes:
            self._post(channel, "clock", {"now": then})
            self._post(channel, "faults", {"mode": "slow", "seconds": PLATFORM_SECONDS, "times": 1_000_000})

    def join(self, channel: str) -> int:
        """A new citizen's number, from 0."""
        user = str(self._post(channel, "users", {"name": f"Công dân {len(self._citizens) + 1}"})["id"])
        self._citizens.append((channel, user))
        return len(self._citizens) - 1

    def write(self, citizen: int, text: str, copies: int) -> None:
        """The citizen sends a message, which the platform delivers ``copies`` times more at the same instant."""
        channel, user = self._citizens[citizen]
        delivery = {"duplicate": copies, "concurrent": copies > 0}
        self._post(channel, f"users/{user}/say", {"text": text, "delivery": delivery})

    def hurry(self) -> None:
        """Moves a platform's clock on where an event waits for its next attempt; sees only the latest events."""
        for channel in self._planes:
            self._move_clock_for(channel, self._deliveries(channel))

    def under_way(self) -> int:
        """How many events about the citizens may still be posted to us, however old; those that wait for their next attempt are
        hurried."""
        events: dict[str, list[dict[str, Any]]] = {channel: [] for channel in self._planes}
        for channel, user in self._citizens:
            events[channel] += [event for event in self._deliveries(channel, user) if event["state"] in _UNDER_WAY]
        for channel, waiting in events.items():
            self._move_clock_for(channel, waiting)
        return sum(map(len, events.values()))

    def _move_clock_for(self, channel: str, events: Iterable[Mapping[str, Any]]) -> None:
        if any(event["state"] == "waiting" and event["attempts"] for event in events):
            self._post(channel, "clock", {"advance": HURRY_SECONDS})

    def citizens(self) -> Iterator[Citizen]:
        """What everybody said and saw. A message that the platform refused was seen by nobody."""
        for channel, user in self._citizens:
            messages = self._get(channel, f"users/{user}/transcript")["messages"]
            there = [one for one in messages if one["refused"] is None]
            said = tuple(one["text"] for one in there if one["author"] == "user")
            yield Citizen(channel, user, said, tuple(Shown(one["id"], one["text"]) for one in there if one["author"] == "bot"))

    def _deliveries(self, channel: str, user: str | None = None) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self._get(channel, "deliveries", {"user": user} if user else {})["deliveries"]
        return found

    def _get(self, channel: str, path: str, params: Mapping[str, str] | None = None) -> dict[str, Any]:
        return dict(self._planes[channel].get(path, params=dict(params or {})).raise_for_status().json())

    def _post(self, channel: str, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        return dict(self._planes[channel].post(path, json=dict(body)).raise_for_status().json())
