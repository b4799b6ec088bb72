"""What differs between two makings of one report: which figure of which unit, before and after."""

from collections.abc import Iterator, Mapping
from typing import Any

from bot.reporting.counts import NUMBERS

TOTAL, ASSISTANT = "total", "assistant"


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Every figure that is another now: ``unit`` (its key; ``total``; ``assistant``), ``name``, ``figure``, ``before`` and
    ``after``.

    A unit that came later and counts nothing, and a unit's new name, are no change of figures."""
    found = list(_counts(TOTAL, "", before["total"], after["total"]))
    old, new = ({one["key"]: one for one in figures["units"]} for figures in (before, after))
    for key in sorted(old.keys() | new.keys()):
        name = (new.get(key) or old[key])["name"]
        found += _counts(key, name, old.get(key, {}).get("counts", {}), new.get(key, {}).get("counts", {}))
    left, right = dict(_flat(before.get("assistant") or {})), dict(_flat(after.get("assistant") or {}))
    found += [
        _change(ASSISTANT, "", figure, left.get(figure), right.get(figure))
        for figure in sorted(left.keys() | right.keys())
        if (left.get(figure) or 0) != (right.get(figure) or 0)
    ]
    return found


def _counts(key: str, name: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for figure in NUMBERS:
        if before.get(figure, 0) != after.get(figure, 0):
            yield _change(key, name, figure, before.get(figure, 0), after.get(figure, 0))
    old, new = before.get("procedures", {}), after.get("procedures", {})
    if old != new:
        yield _change(key, name, "procedures", len(old), len(new))
        if len(old) == len(new):
            yield _change(key, name, "procedures_online", sum(old.values()), sum(new.values()))


def _change(unit: str, name: str, figure: str, before: Any, after: Any) -> dict[str, Any]:
    return {"unit": unit, "name": name, "figure": figure, "before": before, "after": after}


def _flat(figures: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in figures.items():
        path = f"{above}{name}"
        if isinstance(value, Mapping):
            yield from _flat(value, f"{path}.")
        else:
            yield path, value
