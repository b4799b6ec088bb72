"""Hazards of time limits: no unit, no time, words instead of a number, several rows for one way to file, and numbers that stand
beside a way to file but belong to a case (1.013225: 15 days for a single house, 20 for other works)."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.catalogue.importing.findings import Doubt
from bot.catalogue.importing.raw import RawMethod
from bot.catalogue.importing.record import ImportedTime, over_channels
from bot.catalogue.importing.texts import cut, one_line, says_nothing, short
from bot.catalogue.schema import TimeUnit

MAX_TIME_TEXT = 260
"""Letters of one spoken time limit."""

LONGEST = 10_000
"""A number above this is no time limit, whatever its unit."""

_UNITS: dict[str, tuple[str, TimeUnit | None]] = {
    "ngày làm việc": ("ngày làm việc", "working_day"),
    "ngày": ("ngày", "day"),
    "giờ làm việc": ("giờ làm việc", "working_hour"),
    "giờ": ("giờ", "hour"),
    "tháng": ("tháng", None),
    "năm": ("năm", None),
    "phút": ("phút", None),
}
_UNIT_WORDS = r"(?:ngày(?: làm việc)?|giờ(?: làm việc)?|tháng|năm|phút)"
_NUMBER_AND_UNIT = re.compile(rf"^\W*0*(\d{{1,4}})(?:\s*\([^)]*\))?\s*({_UNIT_WORDS})\W*$", re.I)
_ANY_TIME = re.compile(rf"\b0*(\d{{1,4}})(?:\s*\([^)]*\))?\s*({_UNIT_WORDS})\b", re.I)
_BY_CHANNEL = re.compile(r"trực tiếp|trực tuyến|bưu (?:chính|điện)|qua mạng|hệ thống|bản giấy|điện tử", re.I)
_CASE = re.compile(r"đối với|trường hợp|với (?:nhà|công trình)", re.I)
_WORDS = re.compile(r"[^\W\d_]{2,}\s+\S*[^\W\d_]{2,}")
"""Words enough to say something: "0 Giờ" and "TH" do not."""
_SENTENCE = re.compile(r"[^.;\n]+")


@dataclass(frozen=True, slots=True)
class JudgedTimes:
    """The time limits, also those that may not be spoken (``text`` None, for their raw words), and the doubts."""

    times: tuple[ImportedTime, ...]
    doubts: tuple[Doubt, ...]


def judge_times(methods: Sequence[RawMethod], steps: str | None = None) -> JudgedTimes:
    """The time limits of all ways to file; equal ones become one, those that encode a case lose their way to file."""
    doubts: list[Doubt] = []
    judged: list[tuple[RawMethod, ImportedTime]] = []
    for method in methods:
        time, doubt = judge_time(method)
        judged.append((method, time))
        if doubt and doubt not in doubts:
            doubts.append(doubt)
    if not judged:
        return JudgedTimes((), (Doubt("time_missing", "nguồn không có bảng cách nộp, thời hạn"),))
    channels = [method.channel for method in methods]
    if len(channels) != len(set(channels)) and len({time.text for _, time in judged}) > 1:
        doubts.append(Doubt("time_rows_differ", "nhiều thời hạn cho một cách nộp, phân biệt bằng phần mô tả"))
        judged = [(method, _described(time, method)) for method, time in judged]
    elif len(spoken := {time.text for _, time in judged if time.text}) > 1 and not _told_by_channel(methods):
        doubts.append(
            Doubt("time_by_case", f"thời hạn khác nhau theo cách nộp ({'; '.join(sorted(spoken))}), có thể theo trường hợp")
        )
        judged = [(method, _of_case(method, time, steps)) for method, time in judged]
    limits = [time for _, time in judged]
    # A missing limit beside spoken ones is dropped.
    kept = [limit for limit in limits if limit.text] or limits[:1]
    return JudgedTimes(over_channels(kept, frozenset(channels)), tuple(doubts))


def judge_time(method: RawMethod) -> tuple[ImportedTime, Doubt | None]:
    """The time limit of one row, and the doubt about it. ``text`` is None where nothing may be spoken."""
    written = one_line(method.time_text) if method.time_text else None
    quantity, unit = method.quantity, (method.unit or "").strip().casefold()
    raw = written or (None if quantity is None else f"{quantity:g} {method.unit or ''}".strip())
    parsed = _NUMBER_AND_UNIT.match(written) if written else None
    if parsed:
        quantity, unit = float(parsed[1]), parsed[2].casefold()
    if quantity is not None and not 0 < quantity <= LONGEST:
        quantity = None
    base = ImportedTime(None, raw, channel=method.channel)
    if quantity is not None and unit in _UNITS:
        return _counted(base, quantity, unit), None
    if quantity is not None and (written is None or re.fullmatch(r"[\d.,\s]+", written)):
        return _without_unit(base, quantity, method)
    if written and not says_nothing(written) and _WORDS.search(written):
        return replace(base, text=cut(written, MAX_TIME_TEXT)), Doubt("time_is_text", "thời hạn ghi bằng lời", written[:200])
    return _missing(base, method)


def _counted(base: ImportedTime, quantity: float, unit: str) -> ImportedTime:
    word, parsed = _UNITS[unit]
    text = f"{quantity:g} {word}".replace(".", ",")
    return replace(base, text=text, amount=quantity if parsed else None, unit=parsed)


def _without_unit(base: ImportedTime, quantity: float, method: RawMethod) -> tuple[ImportedTime, Doubt]:
    """The unit may stand in the description, beside the same number; a bare number is never given a unit of ours."""
    doubt = Doubt("time_without_unit", f"thời hạn «{base.raw}» không có đơn vị", base.raw or "")
    for match in _ANY_TIME.finditer(method.description or ""):
        if float(match[1]) == quantity:
            caution = f"nguồn ghi «{base.raw}» không có đơn vị; đơn vị lấy từ phần mô tả"
            return _counted(replace(base, note=caution), quantity, match[2].casefold()), doubt
    return base, doubt


def _missing(base: ImportedTime, method: RawMethod) -> tuple[ImportedTime, Doubt]:
    doubt = Doubt("time_missing", "ô thời hạn trống")
    for sentence in _SENTENCE.finditer(method.description or ""):
        if _ANY_TIME.search(sentence.group()) and "không hợp lệ" not in sentence.group().casefold():
            text = cut(sentence.group().strip(" -+*"), MAX_TIME_TEXT)
            return replace(base, text=text, note="ô thời hạn của nguồn trống; câu này lấy từ phần mô tả"), doubt
    return base, doubt


def _described(time: ImportedTime, method: RawMethod) -> ImportedTime:
    if not method.description or not time.text or time.text == method.description:
        return time
    note = "nguồn ghi nhiều thời hạn cho một cách nộp, xin xem trường hợp ghi kèm"
    words = short(method.description, 170)
    begins_with_it = words.casefold().lstrip(" -+*0").startswith(time.text.casefold())
    return replace(time, text=words if begins_with_it else f"{time.text} – {words}", note=time.note or note)


def _told_by_channel(methods: Sequence[RawMethod]) -> bool:
    """Whether the descriptions differ and speak of the way to file: then the number really belongs to it."""
    descriptions = {method.description or "" for method in methods}
    return len(descriptions) == len(methods) and all(_BY_CHANNEL.search(text) for text in descriptions)


def _of_case(method: RawMethod, time: ImportedTime, steps: str | None) -> ImportedTime:
    """The limit without its way to file, with the words that tie it to a case where the source has them."""
    note = "nguồn xếp các thời hạn theo cách nộp, nhưng con số có thể theo trường hợp chứ không theo cách nộp"
    if time.text is None:
        return time
    found = _case_words(time.text, f"{method.description or ''}\n{steps or ''}")
    if found:
        return replace(time, channel="any", text=short(found.lstrip("0"), 170), note=note)
    way = {"direct": "trực tiếp", "online": "trực tuyến", "postal": "bưu chính", "any": "chung"}[method.channel]
    return replace(time, channel="any", text=f"{time.text} (nguồn xếp ở hàng nộp {way})", note=note)


def _case_words(text: str, prose: str) -> str | None:
    """The clause of the prose that ties this limit to a case: "20 ngày đối với công trình khác"."""
    number = text.split()[0]
    wanted = re.compile(rf"\b0*{re.escape(number)}(?:\s*\([^)]*\))?\s*{_UNIT_WORDS}[^.;,\n]*(?:,[^.;,\n]*)?", re.I)
    for match in wanted.finditer(prose):
        if _CASE.search(match.group()):
            return match.group().strip()
    return None
