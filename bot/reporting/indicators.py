"""The indicators of QĐ 766/QĐ-TTg: read from ``data/reporting/indicators.yml``, computed from counts.

A share that our data cannot tell is ``None``: never 0 and never full."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from bot.catalogue.yaml_files import MAX_BYTES
from bot.reporting.counts import Counts

FILE = Path("reporting") / "indicators.yml"
Certainty = Literal["source", "our_reading"]
Unmeasured = Literal["not_in_data", "nothing_to_count"]


class IndicatorFileError(ValueError):
    """The file of indicators cannot be used; the message names the file and what is wrong in it."""


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Group(_Record):
    """One of the groups of the set."""

    number: int = Field(ge=1, le=20)
    name: str = Field(min_length=1, max_length=200)
    max_points: int = Field(ge=1, le=100)


class Indicator(_Record):
    """One indicator. ``formula``: None where our data cannot measure it."""

    id: str = Field(pattern=r"^\d{1,2}(\.\d{1,2})?$")
    group: int
    name: str = Field(min_length=1, max_length=200)
    formula: str | None
    full_percent: int | None = Field(None, ge=1, le=100)
    max_points: int | None = Field(None, ge=1, le=100)
    certainty: Certainty
    source: str = Field(min_length=1)
    note: str = ""

    @model_validator(mode="after")
    def _can_be_computed(self) -> Self:
        if self.formula is None:
            if self.full_percent is not None or self.max_points is not None:
                raise ValueError(f"indicator {self.id} has no formula, so it has no full_percent and no max_points")
            return self
        if self.formula not in FORMULAS:
            raise ValueError(f"indicator {self.id}: there is no formula {self.formula!r}; there are {', '.join(FORMULAS)}")
        if self.full_percent is None or self.max_points is None:
            raise ValueError(f"indicator {self.id} needs full_percent and max_points beside its formula")
        return self


class AlertRules(_Record):
    """When something is worth an alert."""

    on_time_percent: int = Field(ge=1, le=100)
    on_time_days: int = Field(ge=1, le=366)
    on_time_dossiers: int = Field(ge=1)
    due_working_days: int = Field(ge=1, le=10)
    silent_hours: int = Field(ge=1, le=24 * 31)
    expected_days: int = Field(ge=1, le=366)


class IndicatorSet(_Record):
    """The whole file."""

    as_of: str
    source: str = Field(min_length=1)
    groups: tuple[Group, ...] = Field(min_length=1, strict=False)
    indicators: tuple[Indicator, ...] = Field(min_length=1, strict=False)
    alerts: AlertRules

    @model_validator(mode="after")
    def _fits(self) -> Self:
        numbers, ids = [str(one.number) for one in self.groups], [one.id for one in self.indicators]
        for name, keys in (("group", numbers), ("indicator", ids)):
            doubled = sorted({key for key in keys if keys.count(key) > 1})
            if doubled:
                raise ValueError(f"{name} {', '.join(doubled)} stands in the file twice")
        most = {one.number: one.max_points for one in self.groups}
        for one in self.indicators:
            if one.group not in most:
                raise ValueError(f"indicator {one.id}: there is no group {one.group}")
        for number, points in most.items():
            given = sum(one.max_points or 0 for one in self.indicators if one.group == number)
            if given > points:
                raise ValueError(f"the indicators of group {number} have {given} points together, the group has {points}")
        return self


@dataclass(frozen=True)
class Measured:
    """An indicator of some dossiers. ``share``: None where it cannot be told, and ``why`` says why. ``points``: of
    ``indicator.max_points``, to two decimals, half up."""

    indicator: Indicator
    share: Fraction | None
    why: Unmeasured | None = None

    @property
    def points(self) -> Fraction | None:
        """Linear up to the full share; a share below none gives none."""
        one = self.indicator
        if self.share is None or one.full_percent is None or one.max_points is None:
            return None
        reached = max(Fraction(0), min(Fraction(1), self.share * 100 / one.full_percent))
        return rounded(reached * one.max_points, 2)

    def as_json(self) -> dict[str, Any]:
        """As it stands in files: numbers with two decimals, as text, so that no reader's arithmetic changes them."""
        one = self.indicator
        return {
            "id": one.id,
            "group": one.group,
            "name": one.name,
            "percent": None if self.share is None else decimal(self.share * 100, 2),
            "full_percent": one.full_percent,
            "points": None if self.points is None else decimal(self.points, 2),
            "max_points": one.max_points,
            "not_measured": self.why,
            "certainty": one.certainty,
            "source": one.source,
        }


def _on_time(counts: Counts) -> Fraction | None:
    return _share(counts.on_time, counts.judged)


def _procedures_online(counts: Counts) -> Fraction | None:
    return _share(sum(counts.procedures.values()), len(counts.procedures))


def _online_result(counts: Counts) -> Fraction | None:
    return _share(counts.online_result, counts.result_known)


def _paid_online(counts: Counts) -> Fraction | None:
    return _share(counts.paid_online, counts.fee_due)


def _satisfaction(counts: Counts) -> Fraction | None:
    late, disliked = _share(counts.late, counts.judged), _share(counts.disliked, counts.disliked_known)
    return None if late is None or disliked is None else max(Fraction(0), 1 - (late + disliked))


def _digitised(counts: Counts) -> Fraction | None:
    return _share(counts.digitised, counts.digitised_known)


FORMULAS: Mapping[str, Callable[[Counts], Fraction | None]] = {
    "on_time": _on_time,
    "procedures_online": _procedures_online,
    "online_result": _online_result,
    "paid_online": _paid_online,
    "satisfaction": _satisfaction,
    "digitised": _digitised,
}
_SAID_BY_THE_PORTAL = {"online_result": "result_known", "satisfaction": "disliked_known", "digitised": "digitised_known"}
"""Formulas over something that a portal may leave out: the count of dossiers for which it says it."""


def measure(indicators: IndicatorSet, counts: Counts) -> tuple[Measured, ...]:
    """Every indicator of the set for these counts, in the file's order."""
    return tuple(_measured(one, counts) for one in indicators.indicators)


def _measured(indicator: Indicator, counts: Counts) -> Measured:
    if indicator.formula is None:
        return Measured(indicator, None, "not_in_data")
    share = FORMULAS[indicator.formula](counts)
    if share is not None:
        return Measured(indicator, share)
    said = _SAID_BY_THE_PORTAL.get(indicator.formula)
    silent = said is not None and counts.ended > 0 and getattr(counts, said) == 0
    return Measured(indicator, None, "not_in_data" if silent else "nothing_to_count")


def load_indicators(data_dir: Path) -> IndicatorSet:
    """The set of ``data/reporting/indicators.yml``. Raises ``IndicatorFileError``."""
    path = data_dir / FILE
    try:
        if path.stat().st_size > MAX_BYTES:
            raise IndicatorFileError(f"{path.name}: over {MAX_BYTES} bytes")
        return IndicatorSet.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(map(str, first["loc"]))
        raise IndicatorFileError(f"{path.name}: {place or 'the file'}: {first['msg']}") from error
    except (yaml.YAMLError, UnicodeDecodeError, OSError, RecursionError) as error:
        raise IndicatorFileError(f"{path.name}: {error}") from error


def rounded(value: Fraction, places: int) -> Fraction:
    """The number with so many decimals, half up."""
    scale = 10**places
    return Fraction((value * scale * 2 + 1).__floor__() // 2, scale)


def decimal(value: Fraction, places: int) -> str:
    """``97.50``: so many decimals, half up, with a point."""
    whole = int(rounded(value, places) * 10**places)
    digits = f"{abs(whole):0{places + 1}d}"
    return ("-" if whole < 0 else "") + (f"{digits[:-places]}.{digits[-places:]}" if places else digits)


def _share(part: int, whole: int) -> Fraction | None:
    return Fraction(part, whole) if whole else None
