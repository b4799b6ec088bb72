"""For which agencies an account works."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from sqlalchemy import ColumnElement, false, true
from sqlalchemy.orm import InstrumentedAttribute


@dataclass(frozen=True)
class AgencyScope:
    """All agencies, or those named by their ids in ``data/catalogue/agencies.yml``. An empty scope sees nothing."""

    everything: bool = False
    agencies: frozenset[str] = frozenset()

    @classmethod
    def of(cls, agencies: Iterable[str]) -> "AgencyScope":
        """The scope of these agencies alone."""
        return cls(agencies=frozenset(agencies))

    def allows(self, agency: str | None) -> bool:
        """Whether something that belongs to this agency may be seen. What belongs to none is seen only by who sees all."""
        return self.everything or (agency is not None and agency in self.agencies)

    def condition(self, column: InstrumentedAttribute[Any] | ColumnElement[Any]) -> ColumnElement[bool]:
        """The same as a WHERE clause over a column that holds agencies' ids."""
        if self.everything:
            return true()
        return column.in_(sorted(self.agencies)) if self.agencies else false()


ALL_AGENCIES = AgencyScope(everything=True)


def agency_names(data_dir: Path) -> dict[str, str]:
    """The names of the agencies that a scope may name, by id, from ``data/catalogue/agencies.yml``."""
    content = yaml.safe_load((data_dir / "catalogue" / "agencies.yml").read_text(encoding="utf-8"))
    return {entry["id"]: entry["name"] for entry in content["agencies"]}
