"""The audit as a table for spreadsheets, the same from the page and from the command line."""

from collections.abc import Mapping

from bot.clock import VIETNAM_TIME
from bot.levels.audit import Audit, AuditedProcedure
from bot.spreadsheets import spreadsheet_file
from bot.texts import say

COLUMNS = (
    "code", "name", "level", "link", "outcome", "checked_at", "filed", "online", "electronic", "verdict", "codes", "state",
)  # fmt: skip


def audit_csv(audit: Audit, states: Mapping[str, str], rows: tuple[AuditedProcedure, ...] | None = None) -> str:
    """One line per procedure (``rows``: only these), UTF-8 with its mark for spreadsheets. ``states``: by code, where not shown.
    Figures that nobody knows are empty, not nought."""
    told = audit.procedures if rows is None else rows
    head = [say(f"levels_column_{column}") for column in COLUMNS]
    return spreadsheet_file(head, (_cells(one, states.get(one.code, "shown")) for one in told))


def _cells(one: AuditedProcedure, state: str) -> list[str]:
    look, figures = one.look, one.facts.figures
    counted = [str(figures.filed), str(figures.online), str(figures.electronic)] if figures else ["", "", ""]
    return [
        one.code,
        one.name,
        say(f"levels_level_{one.facts.level}"),
        one.url,
        say(f"levels_outcome_{look.outcome if look else 'none'}"),
        look.checked_at.astimezone(VIETNAM_TIME).isoformat(timespec="seconds") if look else "",
        *counted,
        "; ".join(say(f"levels_code_{code}") for code in one.verdict.codes) or say("levels_code_ok"),
        " ".join(one.verdict.codes) or "ok",
        say(f"levels_state_{state}"),
    ]
