"""Whether a dossier is late: computed from its dates, because no source has a status for it."""

from datetime import datetime
from typing import Literal

from bot.dossiers.status_table import Clock
from bot.portal.records import Dossier, Moment

Lateness = Literal["in_time", "late_now", "ended_late"]


def lateness(dossier: Dossier, clock: Clock, now: datetime) -> Lateness:
    """On time = ended no later than the due date. While the clock is paused or has not started nothing is late; an ended
    dossier without its date of ending, or one without a due date, is not called late either. ``now`` is aware."""
    if dossier.due_at is None:
        return "in_time"
    if clock == "runs" and _is_after(Moment(now.date(), now), dossier.due_at):
        return "late_now"
    if clock == "ended" and dossier.ended_at is not None and _is_after(dossier.ended_at, dossier.due_at):
        return "ended_late"
    return "in_time"


def _is_after(moment: Moment, due: Moment) -> bool:
    """Compared by day unless both have a time: a day without a time lasts until it ends."""
    if moment.at is not None and due.at is not None:
        return moment.at > due.at
    return moment.day > due.day
