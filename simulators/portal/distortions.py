"""What real sources do to their records, on command: see ``docs/operators/portal.md``."""

import copy
import unicodedata
from collections.abc import Callable, Mapping
from typing import Any

Distortion = Callable[[dict[str, Any]], None]
_DATES = ("NgayTiepNhan", "NgayHenTra", "NgayKetThucXuLy")
_FLATTENED = (5, 6, 8)


def _flatten(record: dict[str, Any]) -> None:
    """The synchronisation of one province sends 9 for several local states."""
    if record["TrangThaiHoSo"] in _FLATTENED:
        record["TrangThaiHoSo"] = 9
    record["HeThong"] = "national"


def _lose_due_date(record: dict[str, Any]) -> None:
    record["NgayHenTra"] = ""


def _lose_times(record: dict[str, Any]) -> None:
    for name in _DATES:
        record[name] = record[name][:8] if record[name] else record[name]


def _ask_twice(record: dict[str, Any]) -> None:
    """A second round, as the law allows none more; both with the papers they ask for."""
    day = (record["NgayTiepNhan"] or "20260803")[:8]
    rounds = [("BS1", "093000", day + "110000"), ("BS2", "150000", None)]
    record["TrangThaiHoSo"] = 5
    record["DanhSachHoSoBoSung"] = [
        {
            "HoSoBoSungId": number,
            "NgayBoSung": day + time,
            "ThoiHanBoSung": "",
            "NoiDungBoSung": "Bổ sung giấy tờ",
            "DanhSachGiayToBoSung": ["Giấy tờ 1"],
            "NgayTiepNhanBoSung": answered,
        }
        for number, time, answered in rounds
    ]


def _decompose(record: dict[str, Any]) -> None:
    for name, value in record.items():
        if isinstance(value, str):
            record[name] = unicodedata.normalize("NFD", value)
    if record["TienDo"]:
        record["TienDo"] = {name: unicodedata.normalize("NFD", value) for name, value in record["TienDo"].items()}


DISTORTIONS: Mapping[str, Distortion] = {
    "flattened_9": _flatten,
    "missing_dates": _lose_due_date,
    "date_only": _lose_times,
    "two_supplements": _ask_twice,
    "nfd": _decompose,
}


def distorted(record: dict[str, Any], fault: str) -> dict[str, Any]:
    """The record as a source with this fault would give it; the record itself where the fault is none of these."""
    distortion = DISTORTIONS.get(fault)
    if distortion is None:
        return record
    changed = copy.deepcopy(record)
    distortion(changed)
    return changed
