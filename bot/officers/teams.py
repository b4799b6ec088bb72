"""Teams of officers: who answers for which agency and place, and when (``data/teams.yml``)."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache, cached_property
from pathlib import Path
from typing import Annotated, Literal, get_args

from pydantic import Field

from bot.catalogue.load import CatalogueError, Offices, load_offices
from bot.catalogue.schema import Place, Record, Slug, Text
from bot.catalogue.yaml_files import Problem, read_record
from bot.messages import HandoffReason
from bot.officers.hours import ALWAYS, OpeningHours, hours_of
from bot.settings import Settings

Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
TeamId = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9:-]{0,62}[a-z0-9]$")]
_FILE = "teams.yml"
_KINDS = {"phuong": "phường", "xa": "xã"}


class Shift(Record):
    """Hours on some weekdays, instead of the calendar's."""

    days: tuple[Day, ...] = Field(min_length=1)
    hours: tuple[Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d$")], ...] = Field(min_length=1)


class _TeamRecord(Record):
    """What a team's entry holds. ``agencies`` and ``places``: what it answers for; without places, for all of them.
    ``reasons``: handoffs that it takes whatever they are about. ``replies_need_approval``: an officer's reply goes out only after
    a second person has read it."""

    name: Text
    agencies: tuple[Slug, ...] = ()
    places: tuple[Slug, ...] = ()
    reasons: tuple[HandoffReason, ...] = ()
    shifts: tuple[Shift, ...] = ()
    closed_on: tuple[date, ...] = ()
    first_answer_minutes: int = Field(30, ge=1, le=6000)
    replies_need_approval: bool = False


class _NamedTeam(_TeamRecord):
    id: TeamId


class _TeamFile(Record):
    fallback: TeamId
    teams: tuple[_NamedTeam, ...] = Field(min_length=1)
    each_place: _TeamRecord | None = None


@dataclass(frozen=True)
class Team:
    """Officers who share a queue. ``places`` empty: everywhere."""

    id: str
    name: str
    hours: OpeningHours
    agencies: frozenset[str] = frozenset()
    places: frozenset[str] = frozenset()
    reasons: frozenset[str] = frozenset()
    first_answer: timedelta = timedelta(minutes=30)
    replies_need_approval: bool = False


@dataclass(frozen=True)
class Teams:
    """All teams, the one that gets what fits no other, and in which order they are asked."""

    all: tuple[Team, ...]
    fallback: Team

    @cached_property
    def by_id(self) -> Mapping[str, Team]:
        """The teams by their ids."""
        return {team.id: team for team in self.all}

    def named(self, team_id: str | None) -> Team:
        """The team, or the fallback where there is none of that name (any more)."""
        return self.by_id.get(team_id or "", self.fallback)

    def for_agency(self, agency: str, place_id: str | None) -> Iterator[Team]:
        """Teams that answer for an agency, those of the very place first."""
        fitting = [team for team in self.all if agency in team.agencies and (not team.places or place_id in team.places)]
        return iter(sorted(fitting, key=lambda team: not team.places))

    def for_place(self, place_id: str) -> Iterator[Team]:
        """Teams of a place."""
        return (team for team in self.all if place_id in team.places)

    def for_reason(self, reason: str) -> Iterator[Team]:
        """Teams that take every handoff of this reason."""
        return (team for team in self.all if reason in team.reasons)


def teams_of(settings: Settings) -> Teams:
    """The teams of these settings, read once per process. Raises ``CatalogueError``."""
    return _read_once(settings.data_dir, settings.team_hours == "always")


@cache
def _read_once(data_dir: Path, always_open: bool) -> Teams:
    return load_teams(data_dir, always_open=always_open)


def load_teams(data_dir: Path, *, always_open: bool = False) -> Teams:
    """The teams in ``data_dir``, with the catalogue's calendar, or open around the clock. Raises ``CatalogueError`` with every
    problem."""
    offices = load_offices(data_dir / "catalogue")
    entry, problems = read_record(data_dir / _FILE, _FILE, _TeamFile)
    if entry is None:
        raise CatalogueError(problems)
    problems = [*problems, *_problems(entry.record, offices)]
    if problems:
        raise CatalogueError(problems)
    teams = [_team(record.id, record, offices) for record in entry.record.teams]
    if entry.record.each_place is not None:
        teams += [_place_team(entry.record.each_place, place, offices) for place in offices.places]
    if always_open:
        teams = [replace(team, hours=ALWAYS) for team in teams]
    return Teams(tuple(teams), next(team for team in teams if team.id == entry.record.fallback))


def _team(team_id: str, record: _TeamRecord, offices: Offices) -> Team:
    order = get_args(Day)
    shifts = [([order.index(day) for day in shift.days], shift.hours) for shift in record.shifts]
    return Team(
        team_id,
        record.name,
        hours_of(offices.calendar, shifts, record.closed_on),
        frozenset(record.agencies),
        frozenset(record.places),
        frozenset(record.reasons),
        timedelta(minutes=record.first_answer_minutes),
        record.replies_need_approval,
    )


def _place_team(record: _TeamRecord, place: Place, offices: Offices) -> Team:
    named = record.model_copy(
        update={"name": record.name.replace("{place}", f"{_KINDS[place.kind]} {place.name}"), "places": (place.id,)}
    )
    return _team(f"place:{place.id}", named, offices)


def _problems(file: _TeamFile, offices: Offices) -> Iterator[Problem]:
    ids = [team.id for team in file.teams]
    if file.fallback not in ids:
        yield Problem(_FILE, 1, f"fallback {file.fallback!r} is no team of this file")
    for team_id in sorted({one for one in ids if ids.count(one) > 1}):
        yield Problem(_FILE, 1, f"two teams share the id {team_id!r}")
    places = {place.id for place in offices.places}
    records: Iterable[_TeamRecord] = [*file.teams, *([file.each_place] if file.each_place else [])]
    for record in records:
        for agency in record.agencies:
            if agency not in offices.agencies:
                yield Problem(_FILE, 1, f"{record.name}: there is no agency {agency!r}")
        for place in record.places:
            if place not in places:
                yield Problem(_FILE, 1, f"{record.name}: there is no place {place!r}")
        for hours in (span for shift in record.shifts for span in shift.hours):
            if hours[:5] >= hours[6:]:
                yield Problem(_FILE, 1, f"{record.name}: {hours} ends before it begins")
