"""Which team a handoff goes to, and why. Pure: no I/O, no clock."""

from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.officers.teams import Team, Teams


@dataclass(frozen=True)
class HandoffFacts:
    """What a handoff is about, as far as it is known."""

    reason: str
    deciding_agency: str | None = None
    receiving_agency: str | None = None
    place_id: str | None = None

    @classmethod
    def from_summary(cls, reason: str, summary: Mapping[str, Any]) -> "HandoffFacts":
        """The facts in a handoff's summary; what is missing or no text is unknown."""
        known = {key: value if isinstance(value := summary.get(key), str) and value else None for key in _KEYS}
        return cls(reason, known["deciding_agency"], known["receiving_agency"], known["place"])


_KEYS = ("deciding_agency", "receiving_agency", "place")


@dataclass(frozen=True)
class Routing:
    """The team, why it was chosen (each step in a word), whether it is open, and else when it opens, where that is known."""

    team: Team
    why: tuple[str, ...]
    open_now: bool
    opens_at: datetime | None


def route(facts: HandoffFacts, teams: Teams, staffed: Container[str], now: datetime) -> Routing:
    """The first team that fits and has members: of the reason, of the deciding agency, of the receiving one, of the place. Where
    none does, the fallback, members or not: a handoff is never without a team."""
    passed: list[str] = []
    for team, why in _fitting(facts, teams):
        if team.id in staffed:
            return _routing(team, (*passed, why), now)
        word = f"unstaffed:{team.id}"
        if word not in passed:
            passed.append(word)
    return _routing(teams.fallback, (*passed, "no_team_fits"), now)


def _fitting(facts: HandoffFacts, teams: Teams) -> Iterator[tuple[Team, str]]:
    yield from _with(teams.for_reason(facts.reason), f"reason:{facts.reason}")
    for name, agency in (("deciding_agency", facts.deciding_agency), ("receiving_agency", facts.receiving_agency)):
        if agency is not None:
            yield from _with(teams.for_agency(agency, facts.place_id), f"{name}:{agency}")
    if facts.place_id is not None:
        yield from _with(teams.for_place(facts.place_id), f"place:{facts.place_id}")


def _with(teams: Iterable[Team], why: str) -> Iterator[tuple[Team, str]]:
    return ((team, why) for team in teams)


def _routing(team: Team, why: tuple[str, ...], now: datetime) -> Routing:
    is_open = team.hours.is_open(now)
    return Routing(team, why, is_open, None if is_open else team.hours.next_opening(now))
