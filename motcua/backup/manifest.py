"""What is in a backup, and by what its restoring is proved."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

MANIFEST = "manifest.json"
BUNDLE = "training/workspace.bundle"
SETTINGS = "settings.json"

Role = Literal["ledger", "tracker", "ledger and tracker"]


class TableSaved(BaseModel):
    """``rows`` as they were counted in the very moment that was saved; ``digest`` over all of them (PostgreSQL only: an SQLite
    database is one file, whose digest covers every row)."""

    model_config = ConfigDict(extra="forbid")

    rows: int = Field(ge=0)
    digest: str | None = None


class DatabaseSaved(BaseModel):
    """One database. ``revision``: the ledger's shape."""

    model_config = ConfigDict(extra="forbid")

    role: Role
    kind: Literal["sqlite", "postgresql"]
    part: str
    taken_at: str
    server: str
    revision: str | None = None
    tables: dict[str, TableSaved]


class PartSaved(BaseModel):
    """One file of the backup."""

    model_config = ConfigDict(extra="forbid")

    size: int = Field(ge=0)
    sha256: str = Field(pattern="^[0-9a-f]{64}$")


class Manifest(BaseModel):
    """The last part of a backup."""

    model_config = ConfigDict(extra="forbid")

    format: Literal["motcua.backup/1"] = "motcua.backup/1"
    made_at: str
    product_version: str
    commit: str | None
    databases: list[DatabaseSaved]
    key_marks: tuple[str, ...]
    """Which keys open the encrypted columns; no key can be told from its mark."""
    unreadable: int = Field(ge=0)
    """Encrypted values of the sample that no key opened when the backup was made: none, as a rule."""
    models: tuple[str, ...]
    left_out: dict[str, str]
    parts: dict[str, PartSaved]

    @property
    def rows(self) -> int:
        """Rows of all tables of all databases."""
        return sum(table.rows for database in self.databases for table in database.tables.values())
