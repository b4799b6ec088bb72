"""Who may be written to, and what it costs: 48 hours free, up to 7 days paid, then not at all."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any, Final

from simulators.zalo import errors
from simulators.zalo.errors import ZaloError
from simulators.zalo.knobs import Knobs
from simulators.zalo.people import Person

VIETNAM_TIME: Final = timezone(timedelta(hours=7))
HOUR_MS: Final = 3_600_000
FREE_MS: Final = 48 * HOUR_MS
REACH_MS: Final = 7 * 24 * HOUR_MS
INACTIVE_MS: Final = 45 * 24 * HOUR_MS


def month_of(now_ms: int) -> str:
    """The month in Viet Nam, ``YYYY-MM``."""
    return f"{_vietnam(now_ms):%Y-%m}"


def day_of(now_ms: int) -> str:
    """The day in Viet Nam, ``YYYY-MM-DD``."""
    return f"{_vietnam(now_ms):%Y-%m-%d}"


def is_night(now_ms: int) -> bool:
    """Whether it is between 22:00 and 05:59 in Viet Nam."""
    return not 6 <= _vietnam(now_ms).hour < 22


def _vietnam(now_ms: int) -> datetime:
    return datetime.fromtimestamp(now_ms / 1000, UTC).astimezone(VIETNAM_TIME)


def check_reachable(person: Person | None, now_ms: int, knobs: Knobs) -> Person:
    """The person, where a consulting message may reach them now.

    Raises ``ZaloError``: -213 never met or gone, the knob's code where blocked, -227 after 45 days, -230 after 7.
    """
    if person is None or person.left or person.last_interaction_ms is None:
        raise ZaloError(errors.NOT_REACHABLE)
    if person.blocked:
        raise ZaloError(knobs.blocked_error)
    silent_ms = now_ms - person.last_interaction_ms
    if silent_ms > INACTIVE_MS:
        raise ZaloError(errors.INACTIVE_USER)
    if silent_ms > REACH_MS:
        raise ZaloError(errors.NO_INTERACTION)
    return person


class ConsultingQuota:
    """Counts paid messages of the month and free ones of a window."""

    def __init__(self, oa_id: str) -> None:
        self._oa_id = oa_id
        self._paid: dict[str, int] = {}

    def clear(self) -> None:
        """Forgets what was used."""
        self._paid.clear()

    def paid_left(self, now_ms: int, knobs: Knobs) -> int:
        """Paid messages left this month."""
        return max(0, knobs.paid_quota - self._paid.get(month_of(now_ms), 0))

    def free_left(self, person: Person, now_ms: int, knobs: Knobs) -> int | None:
        """Free messages left to this person; None without an end."""
        if person.last_interaction_ms is None or now_ms - person.last_interaction_ms > FREE_MS:
            return 0
        return None if knobs.free_replies == "unlimited" else max(0, knobs.free_replies - person.free_replies_used)

    def check(self, person: Person, now_ms: int, knobs: Knobs) -> None:
        """Raises -211 where one more message cannot be paid."""
        if self.free_left(person, now_ms, knobs) == 0 and self.paid_left(now_ms, knobs) == 0:
            raise ZaloError(errors.OUT_OF_QUOTA)

    def use(self, person: Person, now_ms: int, knobs: Knobs) -> dict[str, Any]:
        """Takes one message; the ``quota`` object of the answer. Raises -211 where nothing is left."""
        self.check(person, now_ms, knobs)
        owner = {"owner_type": "OA", "owner_id": self._oa_id}
        free = self.free_left(person, now_ms, knobs)
        if free != 0:
            person.free_replies_used += 1
            counts = {} if free is None else {"remain": free - 1, "total": knobs.free_replies}
            return {"quota_type": "reply"} | counts | {"expired_date": self._window_end(person)} | owner
        month = month_of(now_ms)
        self._paid[month] = self._paid.get(month, 0) + 1
        left = self.paid_left(now_ms, knobs)
        return {"quota_type": "sub_quota", "remain": left, "total": knobs.paid_quota, "expired_date": _month_end(now_ms)} | owner

    @staticmethod
    def _window_end(person: Person) -> str:
        return f"{_vietnam((person.last_interaction_ms or 0) + FREE_MS):%d/%m/%Y}"


def _month_end(now_ms: int) -> str:
    first = _vietnam(now_ms).replace(day=1)
    return f"{(first + timedelta(days=32)).replace(day=1) - timedelta(days=1):%d/%m/%Y}"
