"""The portal's list of all dossiers, without a person: a made-up year that stands as of the start, then what changes since.

The year is the same on every start of a day, and a dossier keeps its id, dates and outcome on later days: each depends on its day
of receipt and its place in it alone. Procedures have characters of their own (filed online or never, quick or late), so that
whoever reviews them finds something.
"""

import hashlib
import random
import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from simulators.portal.demo_dossiers import weekday_from
from simulators.portal.exchange import VIETNAM_TIME, iso_moment
from simulators.portal.wards import CITY_UNITS, WARD_UNITS

DAYS = 400


@dataclass(frozen=True)
class _Character:
    """How the dossiers of a procedure go. Shares are of 1; ``limit`` in weekdays."""

    code: str
    weight: int
    online: float
    limit: int
    late: float = 0.03
    supplement: float = 0.06
    fee: bool = False
    electronic: float = 0.9
    city: bool = False


_CHARACTERS = (
    _Character("2.000815", 22, 0.0, 1, late=0.01, supplement=0.01, fee=True, electronic=0.0),
    _Character("1.004222", 14, 0.72, 7, fee=True),
    _Character("1.004194", 10, 0.81, 3, fee=True),
    _Character("1.001193", 9, 0.64, 1),
    _Character("2.000635", 9, 0.97, 1, late=0.002, supplement=0.01, fee=True, electronic=1.0),
    _Character("1.004873", 7, 0.58, 3, fee=True),
    _Character("1.000894", 4, 0.35, 1),
    _Character("1.001612", 5, 0.7, 3, supplement=0.15, fee=True),
    _Character("1.012783", 5, 0.28, 20, late=0.19, supplement=0.31, fee=True, electronic=0.3),
    _Character("1.013831", 5, 0.22, 15, late=0.22, supplement=0.46, fee=True, electronic=0.25),
    _Character("1.013225", 3, 0.4, 15, late=0.12, supplement=0.34, fee=True),
    _Character("3.000333", 4, 0.93, 10, late=0.05, fee=True, city=True),
    _Character("1.010833", 2, 0.0, 10, electronic=0.0),
    _Character("1.014199", 1, 0.5, 5, city=True, fee=True),
)


class Register:
    """Pages of the list. ``a_day``: made-up dossiers of a weekday; 0: only those of the store. Cursors are of this start only."""

    def __init__(self, a_day: int, now: Callable[[], datetime], kept: Callable[[], Iterable[Mapping[str, Any]]]) -> None:
        """``kept``: the dossiers of the store."""
        self._epoch = secrets.token_hex(4)
        self._a_day, self._now, self._kept = a_day, now, kept
        self._entries: list[dict[str, Any]] | None = None
        self._filed_online: set[str] = set()

    def filed(self, record: Mapping[str, Any]) -> None:
        """A dossier was filed online through the contract."""
        self._filed_online.add(record["MaHoSo"])
        self.changed(record)

    def changed(self, record: Mapping[str, Any]) -> None:
        """A dossier of the store has a new state."""
        self._all().append(self._view(record))

    def _view(self, record: Mapping[str, Any]) -> dict[str, Any]:
        return view_of(record, "online" if record["MaHoSo"] in self._filed_online else "counter", self._now())

    def correct(self, record_id: str, values: Mapping[str, Any], *, silently: bool) -> dict[str, Any] | None:
        """Writes values over a record; ``silently``: readers of changes are not told. None where there is none."""
        entries = self._all()
        at = next((place for place in reversed(range(len(entries))) if entries[place]["record_id"] == record_id), None)
        if at is None:
            return None
        corrected = {**entries[at], **values}
        if silently:
            entries[at] = corrected
        else:
            entries.append(corrected)
        return corrected

    def remove(self, record_id: str) -> int:
        """Takes a record out without telling; how many entries there were of it. Places of readers stay where they were."""
        entries = self._all()
        found = [place for place, entry in enumerate(entries) if entry.get("record_id") == record_id]
        for place in found:
            entries[place] = {}
        return len(found)

    def page(self, cursor: str | None, limit: int) -> dict[str, Any] | None:
        """The records after a cursor; None where the cursor is not one of this start."""
        entries = self._all()
        start = 0 if cursor is None else self._position(cursor)
        if start is None or start > len(entries):
            return None
        shown = entries[start : start + limit]
        end = start + len(shown)
        return {
            "records": [entry for entry in shown if entry],
            "next_cursor": f"{self._epoch}.{end}",
            "more": end < len(entries),
        }

    def clear(self) -> None:
        """As after a start."""
        self._entries, self._epoch = None, secrets.token_hex(4)
        self._filed_online.clear()

    def _all(self) -> list[dict[str, Any]]:
        if self._entries is None:
            self._entries = list(year_of(self._now().date(), self._a_day)) if self._a_day else []
            self._entries += [self._view(record) for record in self._kept()]
        return self._entries

    def _position(self, cursor: str) -> int | None:
        epoch, _, number = cursor.partition(".")
        sound = epoch == self._epoch and number.isascii() and number.isdigit() and len(number) <= 12
        return int(number) if sound else None


def year_of(today: date, a_day: int) -> Iterator[dict[str, Any]]:
    """The records of the days before ``today``, the oldest first, as they stand on its morning."""
    for back in range(DAYS, 0, -1):
        day = today - timedelta(days=back)
        if day.weekday() < 5:
            for number in range(a_day):
                yield _record(day, number, today)


def view_of(record: Mapping[str, Any], channel: str, now: datetime) -> dict[str, Any]:
    """The contract's record of a dossier of the store."""
    unit = record["TenDonVi"]
    known = {name: code for code, name in (*WARD_UNITS, *CITY_UNITS)}
    return {
        "record_id": record_id(str(record["MaHoSo"])),
        "source_system": record["HeThong"],
        "procedure_code": record["MaTTHC"],
        "unit_code": known.get(unit, "H05.0.0"),
        "unit_name": unit,
        "channel": channel,
        "status_code": str(record["TrangThaiHoSo"]),
        "received_at": iso_moment(record["NgayTiepNhan"]),
        "due_at": iso_moment(record["NgayHenTra"]),
        "ended_at": iso_moment(record["NgayKetThucXuLy"]),
        "supplements": [
            {"requested_at": iso_moment(entry["NgayBoSung"]), "answered_at": iso_moment(entry["NgayTiepNhanBoSung"])}
            for entry in record["DanhSachHoSoBoSung"]
        ],
        "fee_due": False,
        "paid_online": False,
        "electronic_result": (channel == "online") if record["NgayKetThucXuLy"] else None,
        "digitised": None,
        "disliked": None,
        "as_of": now.isoformat(timespec="seconds"),
    }


def record_id(secret_of_it: str) -> str:
    """An id that tells nothing of the dossier."""
    return "rec_" + hashlib.sha256(("register:" + secret_of_it).encode()).hexdigest()[:24]


def _at(day: date, clock: time) -> datetime:
    return datetime.combine(day, clock, VIETNAM_TIME)


def _record(day: date, number: int, today: date) -> dict[str, Any]:
    chance = random.Random(f"{day}/{number}")
    character = chance.choices(_CHARACTERS, [one.weight for one in _CHARACTERS])[0]
    code, name = chance.choice(CITY_UNITS if character.city else WARD_UNITS)
    # More is filed online as the year goes on.
    drift = 0.1 * (1 - (today - day).days / DAYS)
    channel = "online" if chance.random() < character.online + (drift if character.online else 0) else "counter"
    if channel == "counter" and chance.random() < 0.04:
        channel = "post"
    received = _at(day, time(8 + chance.randrange(7), chance.randrange(60)))
    due = _at(weekday_from(day, character.limit), time(16, 30))
    supplements, pause = _supplements(chance, character, day)
    took = character.limit + chance.randrange(1, 6) if chance.random() < character.late else chance.randint(0, character.limit)
    ended = _at(weekday_from(day, took + pause), time(16, chance.randrange(30)))
    fee_due, pays, electronic = character.fee, chance.random(), chance.random()
    dislikes, refused, digital = chance.random() < 0.01, chance.random() < 0.02, chance.random() < 0.8
    now = _at(today, time(0, 0))
    open_rounds = [one for one in supplements if datetime.fromisoformat(one["requested_at"]) < now]
    for one in open_rounds:
        if one["answered_at"] and datetime.fromisoformat(one["answered_at"]) >= now:
            one["answered_at"] = None
    done = ended < now
    known = [received, *(datetime.fromisoformat(moment) for one in open_rounds for moment in one.values() if moment)]
    return {
        "record_id": record_id(f"{day}/{number}"),
        "source_system": "provincial",
        "procedure_code": character.code,
        "unit_code": code,
        "unit_name": name,
        "channel": channel,
        "status_code": ("3" if refused else "10") if done else "5" if any(not one["answered_at"] for one in open_rounds) else "4",
        "received_at": received.isoformat(timespec="seconds"),
        "due_at": due.isoformat(timespec="seconds"),
        "ended_at": ended.isoformat(timespec="seconds") if done else None,
        "supplements": open_rounds,
        "fee_due": fee_due,
        "paid_online": fee_due and pays < (0.85 if channel == "online" else 0.2),
        "electronic_result": (not refused and electronic < character.electronic) if done else None,
        "digitised": digital if done else None,
        "disliked": dislikes if done else None,
        "as_of": (ended if done else max(known)).isoformat(timespec="seconds"),
    }


def _supplements(chance: random.Random, character: _Character, day: date) -> tuple[list[dict[str, Any]], int]:
    """The rounds, and the weekdays that they cost."""
    rounds: list[dict[str, Any]] = []
    pause = 0
    while len(rounds) < 3 and chance.random() < (character.supplement if not rounds else character.supplement / 3):
        asked, answered = weekday_from(day, pause + 1), weekday_from(day, pause + 1 + chance.randint(1, 4))
        rounds.append(
            {
                "requested_at": _at(asked, time(14, 0)).isoformat(timespec="seconds"),
                "answered_at": _at(answered, time(9, 30)).isoformat(timespec="seconds"),
            }
        )
        pause += 4
    return rounds, pause
