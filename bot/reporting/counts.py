"""What is counted of every unit. Counts of several units add up to those of all: nothing here is a share."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from bot.reporting.judging import ClockOf, awaits_supplement, clock_by_status, counted_end, deadline, is_open, verdict
from bot.reporting.period import Period
from bot.reporting.rows import DossierRow


@dataclass
class Counts:
    """Counts of dossiers.

    ``received…``: received in the period, by channel. ``ended``: ended in it. ``judged``: with a counted end in it and judged
    (``on_time`` + ``late``); ``unjudged``: a counted end in it and no due date. ``open``, ``overdue``, ``waiting``: at the end of
    the period, worked on, worked on past the deadline, waiting for papers of the citizen. ``fee_due``, ``paid_online``: of those
    ended. ``result_known``: of those ended, the ones that are not online or whose kind of result is known; ``online_result``: of
    these the online ones with an electronic result. ``digitised…``, ``disliked…``: of those ended, and for how many the portal
    says it. ``procedures``: code → whether a dossier received in the period came online."""

    received: int = 0
    received_online: int = 0
    received_direct: int = 0
    received_postal: int = 0
    ended: int = 0
    judged: int = 0
    on_time: int = 0
    late: int = 0
    unjudged: int = 0
    open: int = 0
    overdue: int = 0
    waiting: int = 0
    fee_due: int = 0
    paid_online: int = 0
    result_known: int = 0
    online_result: int = 0
    digitised: int = 0
    digitised_known: int = 0
    disliked: int = 0
    disliked_known: int = 0
    procedures: dict[str, bool] = field(default_factory=dict)

    def add(self, row: DossierRow, period: Period, clock_of: ClockOf = clock_by_status) -> None:
        """Counts one dossier as it stood at the end of the period."""
        then = row.known_at(period.end)
        if then.received_at is not None and period.holds(then.received_at):
            self._received(then)
        if period.holds(then.ended_at):
            self._ended(then)
        if period.holds(counted_end(then)):
            judged = verdict(then)
            self.judged += judged != "not_judged"
            self.on_time += judged == "on_time"
            self.late += judged == "late"
            self.unjudged += judged == "not_judged"
        self.waiting += awaits_supplement(then)
        if is_open(then, row, clock_of):
            self.open += 1
            due = deadline(then, period.end)
            self.overdue += due is not None and due < period.end

    def _received(self, row: DossierRow) -> None:
        self.received += 1
        online = row.channel == "online"
        self.received_online += online
        self.received_direct += row.channel == "direct"
        self.received_postal += row.channel == "postal"
        self.procedures[row.procedure_code] = self.procedures.get(row.procedure_code, False) or online

    def _ended(self, row: DossierRow) -> None:
        self.ended += 1
        self.fee_due += row.fee_due
        self.paid_online += row.fee_due and row.paid_online
        if row.channel != "online" or row.electronic_result is not None:
            self.result_known += 1
            self.online_result += row.channel == "online" and row.electronic_result is True
        self.digitised_known += row.digitised is not None
        self.digitised += row.digitised is True
        self.disliked_known += row.disliked is not None
        self.disliked += row.disliked is True

    def as_json(self) -> dict[str, Any]:
        """The counts as they are kept, codes in order."""
        numbers = {name: getattr(self, name) for name in NUMBERS}
        return numbers | {"procedures": {code: self.procedures[code] for code in sorted(self.procedures)}}


NUMBERS = tuple(one.name for one in fields(Counts) if one.name != "procedures")


def counts_of(kept: Mapping[str, Any]) -> Counts:
    """The counts that were kept."""
    return Counts(**{name: int(kept.get(name, 0)) for name in NUMBERS}, procedures=dict(kept.get("procedures", {})))


def added_up(several: Iterable[Counts]) -> Counts:
    """The counts of all together; a procedure counts once, and as online where any unit got one online."""
    total = Counts()
    for one in several:
        for name in NUMBERS:
            setattr(total, name, getattr(total, name) + getattr(one, name))
        for code, online in one.procedures.items():
            total.procedures[code] = total.procedures.get(code, False) or online
    return total
