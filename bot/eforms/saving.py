"""What filing online saves: "nộp trực tuyến nhanh hơn 2 ngày làm việc, rẻ hơn 10.000 đồng". Pure.

Said only where both sides are known for certain for this case, today, in the same unit; nothing where equal or unknown.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from bot.catalogue.answers.facts import in_case
from bot.catalogue.schema import Fee, Procedure, ProcessingTime, TimeUnit
from bot.language.formats import spoken_money
from bot.texts import say

E = TypeVar("E", Fee, ProcessingTime)
_UNIT_KEYS: dict[TimeUnit, str] = {
    "working_day": "eform_unit_working_day",
    "day": "eform_unit_day",
    "working_hour": "eform_unit_working_hour",
    "hour": "eform_unit_hour",
}


@dataclass(frozen=True)
class Saving:
    """``faster``: amount and unit; ``cheaper_vnd``: in đồng. None where nothing is saved, or it is not known."""

    faster: tuple[float, TimeUnit] | None = None
    cheaper_vnd: int | None = None


def saving_online(procedure: Procedure, case: str | None, today: date) -> Saving:
    """How much faster and cheaper filing online is than filing in person."""
    if procedure.online.available is not True:
        return Saving()
    return Saving(_faster(procedure, case), _cheaper(procedure, case, today))


def saving_line(
    procedure: Procedure, case: str | None, today: date, language: str = "vi", *, silent: Collection[str] = ()
) -> str:
    """The saving as a sentence; empty where there is none to tell. ``silent``: facets that must not be told."""
    return spoken_saving(saving_online(procedure, case, today), language, silent=silent)


def spoken_saving(saving: Saving, language: str = "vi", *, silent: Collection[str] = ()) -> str:
    """A saving as a sentence; empty where there is none to tell."""
    parts = []
    if saving.faster is not None and "processing_time" not in silent:
        amount, unit = saving.faster
        shown = f"{amount:g}".replace(".", "," if language == "vi" else ".")
        parts.append(say("eform_saving_faster", language, amount=shown, unit=say(_UNIT_KEYS[unit], language)))
    if saving.cheaper_vnd is not None and "fee" not in silent:
        parts.append(say("eform_saving_cheaper", language, amount=spoken_money(saving.cheaper_vnd)))
    return say("eform_saving", language, parts=", ".join(parts)) if parts else ""


def _one(entries: Sequence[E], case: str | None, channel: str) -> E | None:
    """The one entry that holds for this case and channel; None where there is none, or several that differ."""
    fitting = [entry for entry in in_case(entries, case) if entry.channel == channel]
    own = [entry for entry in fitting if case is not None and entry.case == case]
    chosen = own or fitting
    return chosen[0] if len(chosen) == 1 and chosen[0].certainty == "sure" else None


def _apart(one: E, other: E, case: str | None) -> bool:
    """Whether two facts speak of different cases while nobody knows which is meant."""
    return case is None and one.case != other.case


def _faster(procedure: Procedure, case: str | None) -> tuple[float, TimeUnit] | None:
    online, direct = (_one(procedure.times, case, channel) for channel in ("online", "direct"))
    if online is None or direct is None or _apart(online, direct, case) or online.amount is None or direct.amount is None:
        return None
    if online.unit is None or online.unit != direct.unit or online.unit not in _UNIT_KEYS:
        return None
    less = round(direct.amount - online.amount, 2)
    return (less, online.unit) if less > 0 else None


def _cheaper(procedure: Procedure, case: str | None, today: date) -> int | None:
    valid = [
        fee
        for fee in procedure.fees
        if (fee.valid_from is None or fee.valid_from <= today) and (fee.valid_to is None or today <= fee.valid_to)
    ]
    online, direct = (_one(valid, case, channel) for channel in ("online", "direct"))
    if (
        online is None
        or direct is None
        or _apart(online, direct, case)
        or direct.kind != "amount"
        or online.kind not in ("amount", "free")
    ):
        return None
    if online.kind == "amount" and online.per != direct.per:
        return None
    less = (direct.amount_vnd or 0) - (online.amount_vnd or 0)
    return less if less > 0 else None
