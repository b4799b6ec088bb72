"""The hours in which nobody is written to unasked."""

import re
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from bot.clock import VIETNAM_TIME

_SPAN = re.compile(r"([01]\d|2[0-3]):([0-5]\d)\s*-\s*([01]\d|2[0-3]):([0-5]\d)", re.ASCII)


@dataclass(frozen=True)
class QuietHours:
    """From ``begin`` up to ``end``, in Vietnam time; over midnight where ``end`` is the earlier one. Equal: never quiet."""

    begin: time
    end: time

    @classmethod
    def parse(cls, text: str) -> "QuietHours":
        """``21:00-07:00``; an empty text is never quiet. Raises ``ValueError`` for anything else."""
        if not text.strip():
            return cls(time(0), time(0))
        found = _SPAN.fullmatch(text.strip())
        if found is None:
            raise ValueError(f"NOTICE_QUIET_HOURS: {text!r} is not like 21:00-07:00")
        hours = [int(part) for part in found.groups()]
        return cls(time(hours[0], hours[1]), time(hours[2], hours[3]))

    def over_at(self, moment: datetime) -> datetime:
        """The moment itself, or the end of the quiet hours that it lies in."""
        local = moment.astimezone(VIETNAM_TIME)
        now = local.time()
        over_midnight = self.begin > self.end
        late, early = now >= self.begin, now < self.end
        if self.begin == self.end or not ((late or early) if over_midnight else (late and early)):
            return moment
        day = local.date() + timedelta(days=1 if over_midnight and late else 0)
        return datetime.combine(day, self.end, VIETNAM_TIME)
