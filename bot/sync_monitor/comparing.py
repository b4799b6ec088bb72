"""The portal's list of dossiers held against our copy: pure, over records of any source, in any order.

A status that differs only because the national side keeps several states of a local system under its 9 ("đã xử lý xong") is told
apart as ``status_merged``: the local state is the truer one there, and nothing is to be repaired.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal, Protocol, get_args

Kind = Literal["missing_here", "missing_there", "status_differs", "status_merged", "dates_differ"]
KINDS: tuple[Kind, ...] = get_args(Kind)
FAULTS: tuple[Kind, ...] = ("missing_here", "missing_there", "status_differs", "dates_differ")
"""The kinds that count in the rate."""

MERGED_INTO = "9"
MERGED: frozenset[str] = frozenset({"5", "6", "8"})
"""States that one-stop systems send to the national portal as 9: waiting for a supplement (5), for a duty (6), stopped (8)."""

TARGET = 0.005
"""The rate of differences should stay below this share."""

_SAME_MOMENT = timedelta(minutes=1)
"""Systems cut seconds off; less than a minute is no difference."""
_EXAMPLES = 5
_LONGEST_ID = 64


class ListedRecord(Protocol):
    """What both lists say of a dossier; ``bot.storage.evidence_models.RegisteredDossier`` fits."""

    @property
    def record_id(self) -> str: ...
    @property
    def unit_code(self) -> str: ...
    @property
    def unit_name(self) -> str: ...
    @property
    def status_code(self) -> str: ...
    @property
    def received_at(self) -> datetime | None: ...
    @property
    def due_at(self) -> datetime | None: ...
    @property
    def ended_at(self) -> datetime | None: ...
    @property
    def as_of(self) -> datetime: ...


@dataclass(frozen=True)
class SimpleRecord:
    """A record with what the comparison needs and no more. ``agency``: ours, None where unknown."""

    record_id: str
    unit_code: str
    unit_name: str
    status_code: str
    received_at: datetime | None
    due_at: datetime | None
    ended_at: datetime | None
    as_of: datetime
    agency: str | None = None


@dataclass(frozen=True)
class Difference:
    """One record that the lists tell differently. ``theirs``, ``ours``: the values that differ, as text or None."""

    record_id: str
    kind: Kind
    unit_code: str
    unit_name: str
    agency: str | None = None
    theirs: Mapping[str, str | None] = field(default_factory=dict)
    ours: Mapping[str, str | None] = field(default_factory=dict)


@dataclass(frozen=True)
class UnitShare:
    """One unit's records and those of them that differ (merged states not counted)."""

    name: str
    compared: int
    differing: int


@dataclass(frozen=True)
class Comparison:
    """What came of it. ``compared``: records that stand in either list; ``repeated``: records that the portal's list names more
    than once (the newest statement counts); ``unusable``: without an id that can be kept."""

    compared: int
    differences: tuple[Difference, ...]
    units: Mapping[str, UnitShare]
    repeated: int = 0
    unusable: int = 0

    @property
    def counts(self) -> dict[str, int]:
        """Differences by kind; every kind is there."""
        found = Counter(one.kind for one in self.differences)
        return {kind: found[kind] for kind in KINDS}

    @property
    def rate(self) -> float | None:
        """Share of records that differ, None where there is nothing to compare. A record counts once, however much differs."""
        return share(len({one.record_id for one in self.differences if one.kind in FAULTS}), self.compared)

    @property
    def examples(self) -> dict[str, list[str]]:
        """A few record ids by kind."""
        found: dict[str, list[str]] = defaultdict(list)
        for one in self.differences:
            if len(found[one.kind]) < _EXAMPLES:
                found[one.kind].append(one.record_id)
        return dict(found)


def share(part: int, whole: int) -> float | None:
    """``part / whole``, None of nothing."""
    return part / whole if whole else None


def compare(portal_records: Iterable[ListedRecord], ours: Iterable[ListedRecord]) -> Comparison:
    """Both lists, each in any order and with repetitions: of the same record the newest statement (``as_of``) counts. Both are
    held in memory: some hundred bytes a record."""
    here, _, unusable_here = _newest(ours)
    there, repeated, unusable = _newest(portal_records)
    differences: list[Difference] = []
    compared: Counter[str] = Counter()
    names: dict[str, str] = {}
    for record_id in sorted(here.keys() | there.keys()):
        known = there.get(record_id) or here[record_id]
        compared[known.unit_code] += 1
        names[known.unit_code] = known.unit_name
        differences += _between(there.get(record_id), here.get(record_id))
    differing = Counter(unit for unit, _ in {(one.unit_code, one.record_id) for one in differences if one.kind in FAULTS})
    units = {unit: UnitShare(names[unit], compared[unit], differing[unit]) for unit in sorted(names)}
    return Comparison(len(here.keys() | there.keys()), tuple(differences), units, repeated, unusable + unusable_here)


def _newest(records: Iterable[ListedRecord]) -> tuple[dict[str, ListedRecord], int, int]:
    found: dict[str, ListedRecord] = {}
    repeated: set[str] = set()
    unusable = 0
    for record in records:
        name = record.record_id
        if not name.strip() or len(name) > _LONGEST_ID or "\0" in name:
            unusable += 1
            continue
        if name in found:
            repeated.add(name)
            if record.as_of < found[name].as_of:
                continue
        found[name] = record
    return found, len(repeated), unusable


def _between(theirs: ListedRecord | None, ours: ListedRecord | None) -> list[Difference]:
    if ours is None or theirs is None:
        known = theirs or ours
        assert known is not None, "an id comes from one of the lists"
        kind: Kind = "missing_here" if ours is None else "missing_there"
        values = {"status_code": known.status_code}
        return [_difference(known, ours, kind, values if ours is None else {}, {} if ours is None else values)]
    found = []
    if theirs.status_code != ours.status_code:
        kind = "status_merged" if is_merged(theirs.status_code, ours.status_code) else "status_differs"
        found.append(_difference(theirs, ours, kind, {"status_code": theirs.status_code}, {"status_code": ours.status_code}))
    dates = [name for name in ("received_at", "due_at", "ended_at") if not _same(getattr(theirs, name), getattr(ours, name))]
    # A merged state brings an end that the local system does not have: the same trap.
    if dates == ["ended_at"] and found and found[0].kind == "status_merged":
        dates = []
    if dates:
        told = [{name: _text(getattr(record, name)) for name in dates} for record in (theirs, ours)]
        found.append(_difference(theirs, ours, "dates_differ", *told))
    return found


def is_merged(theirs: str, ours: str) -> bool:
    """Whether two states differ only as far as the national list keeps several of them under one."""
    return {theirs, ours} - MERGED == {MERGED_INTO} and len({theirs, ours}) > 1


def _difference(
    known: ListedRecord,
    ours: ListedRecord | None,
    kind: Kind,
    theirs_values: Mapping[str, str | None],
    our_values: Mapping[str, str | None],
) -> Difference:
    agency = getattr(ours, "agency", None) or getattr(known, "agency", None)
    return Difference(known.record_id, kind, known.unit_code, known.unit_name, agency, theirs_values, our_values)


def _same(one: datetime | None, other: datetime | None) -> bool:
    if one is None or other is None:
        return one is other
    return abs(one - other) < _SAME_MOMENT


def _text(moment: datetime | None) -> str | None:
    return moment.isoformat(timespec="minutes") if moment else None
