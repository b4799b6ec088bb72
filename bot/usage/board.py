"""The board of usage: what is chosen, and its figures by month and by procedure, made of the published months alone."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select

from bot.storage.database import SessionFactory
from bot.storage.evidence_models import UsageCount
from bot.usage.measures import FILING_CHANNELS, MEASURES
from bot.usage.months import months_between
from bot.usage.published import Counted, Line, PublishedMonth, PublishedMonths, read_lines
from bot.usage.suppression import FIGURES, ONLINE, Figures, rounded

STAGES = ("field", "paper", "review", "handed_over")
"""Where a guided submission stops, by the beginnings of its steps."""


@dataclass(frozen=True)
class Selection:
    """What is asked for: months from ``first`` to ``last``; empty words mean all. ``agencies``: what an account may see, None for
    everything."""

    first: date
    last: date
    procedure: str = ""
    agency: str = ""
    place: str = ""
    channel: str = ""
    agencies: frozenset[str] | None = None

    @property
    def finer(self) -> bool:
        """Whether it divides further than the published months: its figures are rounded."""
        return bool(self.place or self.channel)

    def takes(self, agency: str) -> bool:
        """Whether rows of this agency belong to it."""
        return (self.agencies is None or agency in self.agencies) and self.agency in ("", agency)

    def applies(self, figure: str) -> bool:
        """Whether a figure can be divided so: a channel is one of filing or one of talking, and questions have no place."""
        source = MEASURES["dossiers" if figure == ONLINE else figure].source
        if self.place and source == "daily_count":
            return False
        return not self.channel or (self.channel in FILING_CHANNELS) == (source == "registered_dossier")


@dataclass(frozen=True)
class Shown:
    """A sum over months and rows. ``value`` is None where all of it is hidden; ``partly``: some of it is."""

    value: int | None
    partly: bool = False


@dataclass(frozen=True)
class BoardRow:
    """One line of a table: the figures that it is made of."""

    key: str
    parts: Sequence[Figures]

    def shown(self, figure: str) -> Shown | None:
        """The sum; None where the figure does not apply here."""
        values = [part[figure] for part in self.parts if figure in part]
        if not values and self.parts:
            return None
        told = [value for value in values if value is not None]
        return Shown(sum(told) if told or not values else None, len(told) < len(values))

    def rate(self, part: str, whole: str) -> float | None:
        """The share, of where both are shown; None where nothing is."""
        pairs = [(one[part], one[whole]) for one in self.parts if part in one and whole in one]
        told = [(some, all_of) for some, all_of in pairs if some is not None and all_of]
        every = sum(all_of for _, all_of in told)
        return min(1.0, sum(some for some, _ in told) / every) if every else None

    def size(self) -> int:
        """By which rows are ordered: the busiest first."""
        return sum((one.get("dossiers") or 0) * 1_000 + (one.get("questions") or 0) for one in self.parts)


@dataclass(frozen=True)
class Board:
    """All that a page shows. ``counted_at``: the oldest of the counts it is made of; None where no month of it was counted."""

    selection: Selection
    months: Sequence[BoardRow]
    procedures: Sequence[BoardRow]
    total: BoardRow
    stops: Mapping[str, Shown]
    counted_at: datetime | None


class BoardReader:
    """Makes boards. Thread-safe."""

    def __init__(self, sessions: SessionFactory) -> None:
        self._sessions, self._published = sessions, PublishedMonths(sessions)

    def counted(self) -> Mapping[date, datetime]:
        """When each month was counted, the oldest first."""
        return self._published.counted()

    def published(self, month: date) -> PublishedMonth:
        """A counted month as it may be shown. Raises ``KeyError`` for one that was never counted."""
        return self._published.of(month, self.counted()[month])

    def read(self, selection: Selection) -> Board:
        """The board of a selection; months that were never counted are left out."""
        counted = self._published.counted()
        wanted = [month for month in months_between(selection.first, selection.last) if month in counted]
        months = [self._published.of(month, counted[month]) for month in wanted]
        by_month: list[BoardRow] = []
        by_procedure: defaultdict[str, list[Figures]] = defaultdict(list)
        for one in months:
            finer = self._finer(one.month, selection) if selection.finer else None
            lines = _lines(one, selection, finer)
            by_month.append(BoardRow(f"{one.month:%Y-%m}", _whole(one, selection, finer, lines)))
            for (_, procedure), figures in lines.items():
                by_procedure[procedure].append(figures)
        rows = sorted((BoardRow(key, parts) for key, parts in by_procedure.items()), key=lambda row: (-row.size(), row.key))
        total = BoardRow("", [part for row in by_month for part in row.parts])
        oldest = min((counted[month] for month in wanted), default=None)
        told = [month for month, row in zip(wanted, by_month, strict=True) if _all_told(row, "abandoned")]
        stops = self._stops(told, selection)
        if len(told) < len(wanted):
            stops = {name: Shown(shown.value, partly=True) for name, shown in stops.items()}
        return Board(selection, by_month, rows, total, stops, oldest)

    def _finer(self, month: date, selection: Selection) -> Counted:
        conditions: list[Any] = []
        if selection.place:
            conditions.append(UsageCount.place_id == selection.place)
        if selection.channel:
            conditions.append(UsageCount.channel == selection.channel)
        with self._sessions() as session:
            found = read_lines(session, month, *conditions)
        return {line: counts for line, counts in found.items() if _takes(selection, line)}

    def _stops(self, months: Collection[date], selection: Selection) -> Mapping[str, Shown]:
        """How many stopped at which stage; for one procedure also at which question. Rounded month by month."""
        if not months:
            return {}
        groups = (UsageCount.month, UsageCount.agency, UsageCount.detail)
        wanted = select(*groups, func.sum(UsageCount.n)).where(UsageCount.month.in_(months), UsageCount.measure == "abandoned")
        filters = {
            UsageCount.procedure_code: selection.procedure, UsageCount.place_id: selection.place,
            UsageCount.channel: selection.channel,
        }  # fmt: skip
        wanted = wanted.where(*(column == value for column, value in filters.items() if value)).group_by(*groups)
        counts: defaultdict[tuple[str, date], int] = defaultdict(int)
        with self._sessions() as session:
            for month, agency, step, n in session.execute(wanted):
                for name in _names(step, one_procedure=bool(selection.procedure)) if selection.takes(agency) else ():
                    counts[name, month] += int(n)
        told: defaultdict[str, list[int | None]] = defaultdict(list)
        for (name, _), n in counts.items():
            told[name].append(rounded(n))
        return {name: _sum(values) for name, values in told.items()}


def _names(step: str, *, one_procedure: bool) -> Iterable[str]:
    yield step.partition(":")[0]
    if one_procedure and ":" in step:
        yield step


def _sum(values: Sequence[int | None]) -> Shown:
    told = [value for value in values if value is not None]
    return Shown(sum(told) if told else None, len(told) < len(values))


def _takes(selection: Selection, line: Line) -> bool:
    return selection.takes(line[0]) and selection.procedure in ("", line[1])


def _lines(month: PublishedMonth, selection: Selection, finer: Counted | None) -> Mapping[Line, Figures]:
    mine = {line: shown for line, shown in month.procedures.items() if _takes(selection, line)}
    if finer is None:
        return mine
    return {line: _rounded(selection, counts, mine[line]) for line, counts in finer.items() if line in mine}


def _whole(month: PublishedMonth, selection: Selection, finer: Counted | None, lines: Mapping[Line, Figures]) -> list[Figures]:
    """The figures that make up the selection's total in a month."""
    if selection.procedure:
        return list(lines.values())
    exact = _exact_whole(month, selection)
    if finer is None:
        return list(exact.values())
    counts: defaultdict[str, defaultdict[str, int]] = defaultdict(lambda: defaultdict(int))
    for (agency, _), found in finer.items():
        for name, n in found.items():
            counts[agency if agency in exact else ""][name] += n
    return [_rounded(selection, counts[key], shown) for key, shown in exact.items()]


def _all_told(row: BoardRow, figure: str) -> bool:
    return bool(row.parts) and all(part.get(figure) is not None for part in row.parts)


def _exact_whole(month: PublishedMonth, selection: Selection) -> Mapping[str, Figures]:
    if selection.agency or selection.agencies is not None:
        return {agency: shown for agency, shown in month.agencies.items() if selection.takes(agency)}
    return {"": month.total}


def _rounded(selection: Selection, counts: Mapping[str, int], exact: Figures) -> Figures:
    """Finer figures: hidden where the published one is, else rounded; left out where they do not apply."""
    return {name: None if exact[name] is None else rounded(counts.get(name, 0)) for name in FIGURES if selection.applies(name)}
