"""What is wrong with a change, in words a trainer can act on."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from bot.texts import say

Severity = Literal["error", "warning"]


@dataclass(frozen=True)
class Fault:
    """``path`` and ``line`` (from 1; 0: the whole file) say where; ``code`` with ``values`` is the text
    ``authoring_fault_<code>``. An ``error`` stops the change, a ``warning`` is told."""

    path: str
    line: int
    code: str
    values: Mapping[str, Any] = field(default_factory=dict)
    severity: Severity = "error"

    @property
    def message(self) -> str:
        """What is wrong and what to do, in Vietnamese."""
        return say(f"authoring_fault_{self.code}", **self.values)

    def to_json(self) -> dict[str, Any]:
        """As it is kept beside a proposal."""
        return {
            "path": self.path,
            "line": self.line,
            "code": self.code,
            "values": {name: str(value) for name, value in self.values.items()},
            "severity": self.severity,
        }


def fault_from(stored: Mapping[str, Any]) -> Fault:
    """The fault as it was kept."""
    return Fault(stored["path"], stored["line"], stored["code"], stored["values"], stored["severity"])


def errors_in(faults: list[Fault]) -> list[Fault]:
    """Those that stop a change."""
    return [fault for fault in faults if fault.severity == "error"]
