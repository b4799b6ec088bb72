"""The table of statuses (``statuses.yml``): local code of a source system → national status, label, who must act, text."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

WhoMustAct = Literal["agency", "citizen", "nobody", "unclear"]
Clock = Literal["not_started", "runs", "paused", "ended"]
NATIONAL_CODES = frozenset(range(1, 11))
STATUSES_FILE = Path(__file__).with_name("statuses.yml")


class BrokenStatusTableError(ValueError):
    """The table cannot be used; the message names the place."""


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Wording(_Record):
    """A short text in both languages."""

    vi: str = Field(min_length=1)
    en: str = Field(min_length=1)

    def in_language(self, language: str) -> str:
        """The text; Vietnamese for any language but English."""
        return self.en if language == "en" else self.vi


class NationalStatus(_Record):
    """One of the ten national statuses."""

    code: int
    label: Wording
    who_must_act: WhoMustAct
    clock: Clock
    citizen_text: str = Field(pattern=r"^dossier_now_[a-z_]+$")


class SourceSystem(_Record):
    """A system that states are read from: its name as spoken, its codes, and those that may stand for several states."""

    name: Wording
    codes: dict[str, int]
    flattened_codes: frozenset[str] = frozenset()

    @model_validator(mode="after")
    def _codes_exist(self) -> Self:
        wrong = sorted(code for code, national in self.codes.items() if national not in NATIONAL_CODES)
        if wrong or not self.flattened_codes <= self.codes.keys():
            raise ValueError(f"codes without a national status: {wrong or sorted(self.flattened_codes - self.codes.keys())}")
        return self


class _Table(_Record):
    as_of: str
    source: str
    national_statuses: tuple[NationalStatus, ...]
    systems: dict[str, SourceSystem]

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if sorted(status.code for status in self.national_statuses) != sorted(NATIONAL_CODES):
            raise ValueError("national_statuses must hold each of the codes 1 to 10 once")
        return self


@dataclass(frozen=True)
class StatusMeaning:
    """What a local code means. ``flattened``: the source may send this code for other states too."""

    status: NationalStatus
    flattened: bool


class StatusTable:
    """The table, checked."""

    def __init__(self, table: _Table) -> None:
        self._statuses = {status.code: status for status in table.national_statuses}
        self._systems = table.systems

    @property
    def statuses(self) -> tuple[NationalStatus, ...]:
        """The ten national statuses in order."""
        return tuple(self._statuses[code] for code in sorted(self._statuses))

    def meaning(self, source_system: str, local_code: str) -> StatusMeaning | None:
        """What the code means in that system; None where the table does not know it: then nothing may be guessed."""
        system = self._systems.get(source_system)
        if system is None or local_code not in system.codes:
            return None
        return StatusMeaning(self._statuses[system.codes[local_code]], local_code in system.flattened_codes)

    def system_name(self, source_system: str, language: str) -> str | None:
        """The system's name as spoken, or None where it is not in the table."""
        system = self._systems.get(source_system)
        return system.name.in_language(language) if system else None


def load_status_table(path: Path = STATUSES_FILE) -> StatusTable:
    """Reads and checks the table; raises ``BrokenStatusTableError``, or ``OSError`` where the file cannot be read."""
    try:
        return StatusTable(_Table.model_validate(yaml.safe_load(path.read_text(encoding="utf-8"))))
    except (yaml.YAMLError, ValidationError) as error:
        raise BrokenStatusTableError(f"{path.name}: {error}") from error


@cache
def status_table() -> StatusTable:
    """The table that ships, read once."""
    return load_status_table()
