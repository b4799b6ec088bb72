"""Procedures with their times and fees by channel, kept as the exchange writes them (``LayThuTuc``)."""

import re
from collections.abc import Mapping
from typing import Any

_CODE = re.compile(r"[0-9]\.[0-9]{6}", re.ASCII)
UNKNOWN_PROCEDURE = "0.000000"
COUNTER_ONLY_PROCEDURE = "9.999999"
_CHANNELS: Mapping[str, str] = {"1": "counter", "2": "online", "3": "post"}
_UNITS: Mapping[str, str] = {"Ngày làm việc": "working_day", "Ngày": "day", "Giờ làm việc": "working_hour"}


def way(channel: str, length: str, fee: str | None, unit: str = "Ngày làm việc", note: str = "") -> dict[str, Any]:
    """One entry of ``CACHTHUCTHUCHIEN``; ``fee`` None: no fee is stated."""
    fees = [] if fee is None else [{"MAPHILEPHI": "LP01", "SOTIEN": fee, "DONVI": "Đồng", "MOTA": "Lệ phí"}]
    time = {"THOIGIANGIAIQUYET": length, "DONVITINH": unit, "MOTA": note, "PHILEPHI": fees}
    return {"KENH": channel, "THOIGIAN": [time]}


_NAMED: Mapping[str, tuple[str, list[dict[str, Any]]]] = {
    "1.001193": ("Thủ tục đăng ký khai sinh", [way("1", "1", "0"), way("2", "1", "0")]),
    "1.000894": ("Thủ tục đăng ký kết hôn", [way("1", "1", "0"), way("2", "1", "0")]),
    "1.004222": ("Đăng ký thường trú", [way("1", "7", "20.000"), way("2", "7", "10000")]),
    "1.001612": ("Đăng ký thành lập hộ kinh doanh", [way("1", "3", "100000"), way("2", "2", "50000")]),
    "1.004873": ("Thủ tục cấp Giấy xác nhận tình trạng hôn nhân", [way("1", "3", "8000"), way("2", "3", "4000")]),
    "1.010833": ("Cấp giấy xác nhận thân nhân của người có công", [way("1", "10", None), way("2", "", None)]),
    COUNTER_ONLY_PROCEDURE: ("Thủ tục mẫu chỉ nộp trực tiếp", [way("1", "5", "30000")]),
}


class Procedures:
    """Any well-formed code is a procedure (10 working days, free of charge), but ``UNKNOWN_PROCEDURE``."""

    def __init__(self) -> None:
        self._set: dict[str, list[dict[str, Any]]] = {}

    def record(self, code: str) -> dict[str, Any] | None:
        """The exchange record, or None where there is no such procedure."""
        if not _CODE.fullmatch(code) or code == UNKNOWN_PROCEDURE:
            return None
        name, ways = _NAMED.get(code, (f"Thủ tục mẫu {code}", [way("1", "10", "0"), way("2", "10", "0"), way("3", "10", "0")]))
        return {"MATTHC": code, "TENTTHC": name, "TRANGTHAI": "1", "CACHTHUCTHUCHIEN": self._set.get(code, ways)}

    def order(self, code: str, ways: list[dict[str, Any]]) -> None:
        """Sets times and fees of a procedure."""
        self._set[code] = ways

    def codes(self) -> list[str]:
        """The codes that have a name."""
        return list(_NAMED)

    def online_fee(self, code: str) -> int | None:
        """The fee of a submission online in đồng (0 where none is stated); None where it cannot be submitted online."""
        record = self.record(code)
        ways = [] if record is None else [one for one in record["CACHTHUCTHUCHIEN"] if one["KENH"] == "2"]
        if not ways:
            return None
        return sum(_amount(fee["SOTIEN"]) or 0 for fee in ways[0]["THOIGIAN"][0]["PHILEPHI"])

    def clear(self) -> None:
        """Back to the beginning."""
        self._set.clear()


def fees_view(record: Mapping[str, Any], as_of: str) -> dict[str, Any]:
    """The contract's ``ProcedureFees`` of an exchange record."""
    channels = [
        {"channel": _CHANNELS[one["KENH"]], "times": [_time(time) for time in one["THOIGIAN"]]}
        for one in record["CACHTHUCTHUCHIEN"]
    ]
    return {"procedure_code": record["MATTHC"], "as_of": as_of, "channels": channels}


def _time(time: Mapping[str, Any]) -> dict[str, Any]:
    length = time["THOIGIANGIAIQUYET"]
    fees = [
        {"amount": _amount(fee["SOTIEN"]), "name": fee["MOTA"] or None, "fee_code": fee["MAPHILEPHI"] or None}
        for fee in time["PHILEPHI"]
    ]
    known = {"length": int(length), "unit": _UNITS[time["DONVITINH"]]} if length.isdigit() else {"length": None, "unit": None}
    return {**known, "note": time["MOTA"] or None, "fees": fees}


def _amount(text: str) -> int | None:
    digits = text.replace(".", "")
    return int(digits) if digits.isdigit() else None
