"""What a check saw."""

from dataclasses import dataclass
from typing import Literal

from motcua.checkup.phrases import in_language

Level = Literal["ok", "warning", "error"]


@dataclass(frozen=True)
class Finding:
    """What one check saw, what that means where it is not plain, and the remedy where something is wrong."""

    check: str
    level: Level
    seen: str
    remedy: str = ""
    meaning: str = ""

    def in_language(self, language: str) -> "Finding":
        """The same, said in ``vi`` or ``en``."""

        def said(text: str) -> str:
            return str(in_language(text, language))

        return Finding(said(self.check), self.level, said(self.seen), said(self.remedy), said(self.meaning))


def exit_code(findings: list[Finding]) -> int:
    """0: all well; 1: something to look at; 2: a fault."""
    levels = {finding.level for finding in findings}
    return 2 if "error" in levels else 1 if "warning" in levels else 0
