"""What is agreed and what was paid, as data: ``data/vendor/sla.yml`` and ``data/vendor/costs.yml``."""

from pathlib import Path
from typing import Self, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

FOLDER = "vendor"
T = TypeVar("T", bound=BaseModel)


class TermsError(ValueError):
    """A file of terms cannot be used; the message names it and what is wrong."""


class Targets(BaseModel):
    """The targets. Shares from 0 to 1."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    availability_in_office_hours: float = Field(ge=0, le=1)
    measured_in_office_hours: float = Field(ge=0, le=1)
    answer_seconds_p95: float = Field(gt=0)
    answered_share: float = Field(ge=0, le=1)
    failed_share: float = Field(ge=0, le=1)
    undelivered_share: float = Field(ge=0, le=1)
    handoff_first_answer_minutes: float = Field(gt=0)
    sync_difference_rate: float = Field(ge=0, le=1)


class Terms(BaseModel):
    """The agreement. ``availability_parts``: the parts whose availability is agreed."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    targets: Targets
    availability_parts: tuple[str, ...] = Field(min_length=1)


class CostItem(BaseModel):
    """One cost of a month, in đồng."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    item: str = Field(min_length=1, max_length=200)
    amount: int = Field(ge=0, le=10**13, strict=True)


class Costs(BaseModel):
    """All months, by ``YYYY-MM``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    months: dict[str, tuple[CostItem, ...]]

    def model_post_init(self, _context: object) -> None:
        """Refuses months that are none."""
        for month in self.months:
            if len(month) != len("2026-11") or month[4] != "-" or not "01" <= month[5:] <= "12" or not month[:4].isdigit():
                raise ValueError(f"{month!r} is no month (YYYY-MM)")

    def of(self, month: str) -> tuple[CostItem, ...]:
        """The items of a month; none where none were entered."""
        return self.months.get(month, ())

    @classmethod
    def read(cls, data_dir: Path) -> Self:
        """The file in ``data_dir``. Raises ``TermsError``."""
        return _read(data_dir / FOLDER / "costs.yml", cls)


def read_terms(data_dir: Path) -> Terms:
    """The agreement in ``data_dir``. Raises ``TermsError``."""
    return _read(data_dir / FOLDER / "sla.yml", Terms)


def _read(path: Path, model: type[T]) -> T:
    try:
        return model.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except ValidationError as error:
        first = error.errors()[0]
        raise TermsError(f"{path}: {'.'.join(map(str, first['loc']))}: {first['msg']}") from error
    except (OSError, ValueError, RecursionError, yaml.YAMLError) as error:
        raise TermsError(f"{path}: cannot be read ({type(error).__name__})") from error
