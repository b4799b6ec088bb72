"""A row of the list, for tests of names."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Listed:
    """A code with its name."""

    code: str
    name: str
    levels: tuple[str, ...] = ("Cấp xã",)
    as_of: str = "2026-07"

    @property
    def official_name(self) -> str:
        """The same as the name."""
        return self.name
