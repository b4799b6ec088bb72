"""From the records of the national exchange (``MaHoSo``, ``NgayHenTra`` …) to ours. Only what a holder of the slip may see is
read: owner, identity numbers, contacts and papers are left where they are."""

import hmac
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from bot.clock import VIETNAM_TIME
from bot.language.normalise import fold
from bot.portal.errors import ContractChanged
from bot.portal.moments import Moment
from bot.portal.reading import as_object, clean_line
from bot.portal.records import MAX_SUPPLEMENTS, Dossier, LookupFactor, ResultMethod, SupplementRequest
from bot.portal.submission import MAX_VND, Channel, ChannelTerms, Fee, ProcedureFees, ProcessingTime, TimeUnit

SOURCE_SYSTEM = "national"
_RESULT_METHODS: Mapping[str, ResultMethod] = {"0": "counter", "1": "post"}
_CHANNELS: Mapping[str, Channel] = {
    "1": "counter",
    "2": "online",
    "3": "post",
    "truc tiep": "counter",
    "truc tuyen": "online",
    "buu chinh cong ich": "post",
    "dich vu buu chinh": "post",
}
_UNITS: Mapping[str, TimeUnit] = {
    "ngay lam viec": "working_day",
    "ngay": "day",
    "gio lam viec": "working_hour",
    "gio": "working_hour",
}
_DIGITS = re.compile(r"[0-9]{1,12}", re.ASCII)
_GROUPED = re.compile(r"[0-9]{1,3}(?:[.,][0-9]{3})+", re.ASCII)
_STATUS = re.compile(r"[A-Za-z0-9_.-]{1,20}", re.ASCII)
_LEAST_RECEIPT_NUMBER = 4
_MOST_ENTRIES = 200


def factor_fits(record: Mapping[str, Any], code: str, factor: LookupFactor) -> bool:
    """Whether the lookup code is the receipt number (``SoBienNhan``) on the slip. A record whose receipt number is missing, short
    or the dossier code itself fits nobody: it would prove nothing."""
    on_file, given = _plain(_text(record, "SoBienNhan", 64) or ""), _plain(factor.value)
    proves = len(on_file) >= _LEAST_RECEIPT_NUMBER and on_file != _plain(code) and factor.type == "lookup_code"
    fits = hmac.compare_digest(on_file.encode(), given.encode())
    return proves and fits


def _plain(text: str) -> str:
    return "".join(char for char in text if char.isascii() and char.isalnum()).upper()


def records_of(data: object) -> list[Mapping[str, Any]]:
    """The dossiers of an answer: none, one object, or a list of them."""
    if data is None or data in ("", []):
        return []
    entries = data if isinstance(data, list) else [data]
    if len(entries) > _MOST_ENTRIES:
        raise ContractChanged(f"result: more than {_MOST_ENTRIES} records")
    return [as_object(entry, "result") for entry in entries]


def parse_exchange_dossier(record: Mapping[str, Any], code: str, now: datetime) -> Dossier:
    """The record of ``code``; ``now`` is the ``as_of`` of a source that is asked live. Raises ``ContractChanged``."""
    status = _word(record, "TrangThaiHoSo")
    if not _STATUS.fullmatch(status):
        raise ContractChanged("TrangThaiHoSo: missing or not a code")
    method = _RESULT_METHODS.get(_word(record, "HinhThuc"))
    step = _latest_step(record)
    return Dossier(
        dossier_code=code,
        source_system=SOURCE_SYSTEM,
        status_code=status,
        as_of=now.astimezone(VIETNAM_TIME),
        procedure_code=_text(record, "MaTTHC", 40),
        procedure_name=_text(record, "TenTTHC", 500),
        received_at=exchange_moment(record, "NgayTiepNhan"),
        due_at=exchange_moment(record, "NgayHenTra"),
        ended_at=exchange_moment(record, "NgayKetThucXuLy"),
        current_step=_text(step, "NoiDungXuLy", 300),
        current_unit=_text(step, "PhongBanXuLy", 300) or _text(record, "DonViXuLy", 300),
        supplement_requests=_supplements(record),
        result_method=method,
        result_place=_text(record, "ThongTinTra", 300) if method == "counter" else None,
    )


def exchange_moment(record: Mapping[str, Any], name: str) -> Moment | None:
    """``yyyyMMddHHmmss``, or ``yyyyMMdd`` without making a time up; None where the field is missing or empty."""
    value = record.get(name)
    if value is None or value == "":
        return None
    if not isinstance(value, str) or not _DIGITS.fullmatch(value[:8]) or not value.isascii() or not value.isdigit():
        raise ContractChanged(f"{name}: not a date of the exchange")
    form = {8: "%Y%m%d", 14: "%Y%m%d%H%M%S"}.get(len(value))
    if form is None:
        raise ContractChanged(f"{name}: not a date of the exchange")
    try:
        at = datetime.strptime(value, form).replace(tzinfo=VIETNAM_TIME)
    except ValueError as error:
        raise ContractChanged(f"{name}: not a date of the exchange") from error
    return Moment(at.date(), at if len(value) == 14 else None)


def _supplements(record: Mapping[str, Any]) -> tuple[SupplementRequest, ...]:
    """All rounds that have a date, oldest first."""
    rounds = []
    for entry in _entries(record, "DanhSachHoSoBoSung", MAX_SUPPLEMENTS):
        asked = exchange_moment(entry, "NgayBoSung") or exchange_moment(record, "NgayYeuCauBoSung")
        if asked is not None:
            answered = exchange_moment(entry, "NgayTiepNhanBoSung")
            rounds.append(SupplementRequest(asked, _deadline(entry), _paper_count(entry), answered))
    return tuple(sorted(rounds, key=lambda one: (one.requested_at.day, one.answered_at is None)))


def _deadline(entry: Mapping[str, Any]) -> Moment | None:
    """``ThoiHanBoSung`` is a date in some systems and a sentence in others: a sentence is no date."""
    try:
        return exchange_moment(entry, "ThoiHanBoSung")
    except ContractChanged:
        return None


def _paper_count(entry: Mapping[str, Any]) -> int:
    papers = entry.get("DanhSachGiayToBoSung")
    if isinstance(papers, list):
        return min(len(papers), 1000)
    return 1 if isinstance(papers, str) and papers.strip() else 0


def _latest_step(record: Mapping[str, Any]) -> Mapping[str, Any]:
    steps = _entries(record, "TienDo", _MOST_ENTRIES)
    return max(steps, key=lambda step: _word(step, "ThoiDiemXuLy"), default={})


def parse_exchange_fees(data: object, procedure_code: str, now: datetime) -> ProcedureFees | None:
    """Times and fees under ``CACHTHUCTHUCHIEN`` of ``LayThuTuc``; None where the procedure is not public or not there."""
    records = records_of(data)
    record = next((one for one in records if _word(one, "MATTHC") == procedure_code), None)
    if record is None or _word(record, "TRANGTHAI") != "1":
        return None
    times: dict[Channel, list[ProcessingTime]] = {}
    for way in _entries(record, "CACHTHUCTHUCHIEN", _MOST_ENTRIES):
        channel = _CHANNELS.get(fold(_word(way, "KENH")))
        if channel is not None:
            times.setdefault(channel, []).extend(_time(entry) for entry in _entries(way, "THOIGIAN", _MOST_ENTRIES))
    channels = tuple(ChannelTerms(channel, tuple(found)) for channel, found in times.items())
    return ProcedureFees(procedure_code, channels, now.astimezone(VIETNAM_TIME))


def _time(entry: Mapping[str, Any]) -> ProcessingTime:
    length, unit = _word(entry, "THOIGIANGIAIQUYET"), _UNITS.get(fold(_word(entry, "DONVITINH")))
    known = unit is not None and _DIGITS.fullmatch(length) is not None and int(length) <= 10_000
    fees = tuple(
        Fee(_amount(_word(fee, "SOTIEN")), _text(fee, "MOTA", 300), _text(fee, "MAPHILEPHI", 60))
        for fee in _entries(entry, "PHILEPHI", _MOST_ENTRIES)
    )
    return ProcessingTime(int(length) if known else None, unit if known else None, fees, _text(entry, "MOTA", 500))


def _amount(text: str) -> int | None:
    """``"20000"``, ``"20.000"``, ``"20,000"`` → 20000; None for anything else."""
    digits = text.replace(".", "").replace(",", "") if _GROUPED.fullmatch(text) else text
    amount = int(digits) if _DIGITS.fullmatch(digits) else None
    return amount if amount is None or amount <= MAX_VND else None


def _entries(record: Mapping[str, Any], name: str, most: int) -> list[Mapping[str, Any]]:
    """A list of objects; empty where the field is missing, null or empty; one object stands for a list of one."""
    value = record.get(name)
    if value is None or value == "":
        return []
    entries = value if isinstance(value, list) else [value]
    if len(entries) > most:
        raise ContractChanged(f"{name}: more than {most} entries")
    return [as_object(entry, name) for entry in entries]


def _text(record: Mapping[str, Any], name: str, longest: int) -> str | None:
    """A line, cut at ``longest``; None where it is missing or empty."""
    value = record.get(name)
    if value is None:
        return None
    if not isinstance(value, str):
        raise ContractChanged(f"{name}: not a text")
    return clean_line(value[: 3 * longest])[:longest].rstrip() or None


def _word(record: Mapping[str, Any], name: str) -> str:
    """A code that some systems write as a number and others as a text; empty where it is missing."""
    value = record.get(name)
    if isinstance(value, str):
        return clean_line(value[:200])
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10**15:
        return str(value)
    return ""
