"""Watched dossiers and the list of their changes."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

MOST_KEPT = 10_000
ENDED = frozenset({3, 7, 8, 10})


@dataclass(frozen=True)
class _Watch:
    dossier_code: str
    since: datetime


class Watches:
    """Watches by reference. Cursors are of this start only: one of an earlier start has expired."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._epoch = secrets.token_hex(4)
        self._watches: dict[str, _Watch] = {}
        self._changes: list[dict[str, Any]] = []
        self._dropped = 0

    def watch(self, reference: str, dossier_code: str) -> datetime:
        """Begins a watch, or goes on with it. Returns since when."""
        held = self._watches.get(reference)
        if held is None or held.dossier_code != dossier_code:
            held = self._watches[reference] = _Watch(dossier_code, self._now())
        return held.since

    def unwatch(self, reference: str) -> None:
        """Ends a watch; its past changes are no longer told."""
        self._watches.pop(reference, None)
        for change in self._changes:
            if change["reference"] == reference:
                change["withdrawn"] = True

    def changed(self, dossier_code: str, dossier: dict[str, Any], status: int) -> list[dict[str, Any]]:
        """Writes the change down for everyone who watches; returns what is to be told at once."""
        found = [
            {
                "change_id": "chg_" + secrets.token_hex(10),
                "reference": reference,
                "occurred_at": self._now().isoformat(timespec="seconds"),
                "dossier": dossier,
                "ended": status in ENDED,
            }
            for reference, watch in self._watches.items()
            if watch.dossier_code == dossier_code
        ]
        self._changes.extend(dict(change) for change in found)
        over = max(0, len(self._changes) - MOST_KEPT)
        del self._changes[:over]
        self._dropped += over
        return found

    def page(self, cursor: str | None, limit: int) -> dict[str, Any] | None:
        """The changes after a cursor; None where the cursor is not one of this start, or too old."""
        start = self._dropped if cursor is None else self._position(cursor)
        if start is None or not self._dropped <= start <= self._dropped + len(self._changes):
            return None
        first = start - self._dropped
        shown = self._changes[first : first + limit]
        end = start + len(shown)
        return {
            "changes": [change for change in shown if "withdrawn" not in change],
            "next_cursor": f"{self._epoch}.{end}",
            "more": end < self._dropped + len(self._changes),
        }

    def _position(self, cursor: str) -> int | None:
        epoch, _, number = cursor.partition(".")
        sound = epoch == self._epoch and number.isascii() and number.isdigit() and len(number) <= 12
        return int(number) if sound else None

    def clear(self) -> None:
        """Forgets everything; old cursors expire."""
        self._epoch = secrets.token_hex(4)
        self._watches.clear()
        self._changes.clear()
        self._dropped = 0
