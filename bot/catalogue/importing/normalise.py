"""From what a source says to the record that is kept: every hazard family judges its part, and all doubts are told."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date

from bot.catalogue.importing.agencies import AgencyNames, judge_agencies
from bot.catalogue.importing.fees import judge_fees
from bot.catalogue.importing.findings import Doubt
from bot.catalogue.importing.names import (
    JudgedName,
    is_decision_title,
    judge_levels,
    judge_name,
    made_by_province,
    names_district,
)
from bot.catalogue.importing.papers import judge_papers
from bot.catalogue.importing.raw import RawRecord
from bot.catalogue.importing.record import ImportedRecord, ListedRow, State, StatedText
from bot.catalogue.importing.texts import one_line, says_nothing, states_absence, tidy, unwrapped
from bot.catalogue.importing.times import judge_times

_PAGE_REMAINS = re.compile(r"\s*(?:Không có thông tin\s*)?(?:Từ khóa|Từ khoá)\s*(?:Không có thông tin)?\s*(?:Mô tả.*)?$", re.S)
_URL = re.compile(r"^https://(?:[a-z0-9-]+\.)*gov\.vn(?::443)?/\S*$")
_DEAD_HOSTS = ("https://thutuc.dichvucong.gov.vn/", "https://csdl.dichvucong.gov.vn/")
"""Hosts of the old portal: their pages answer no longer, so nobody is sent there."""
_DAY = re.compile(r"^(\d{4})-(\d{2})(?:-(\d{2}))?")


@dataclass(frozen=True, slots=True)
class Normalised:
    """The record and the doubts about it."""

    record: ImportedRecord
    doubts: tuple[Doubt, ...]


def normalise(raw: RawRecord, names: AgencyNames, today: date) -> Normalised:
    """The record of a raw one. ``today`` dates what the source leaves undated."""
    if raw.completeness == "list":
        return _from_list(raw, today)
    named = judge_name(_better_name(raw))
    levels, level_doubts = judge_levels(raw.levels)
    agencies = judge_agencies(raw.agency_executing, raw.agency_deciding, levels, names)
    fees = judge_fees(raw.methods, absent="fees" in raw.absent)
    times = judge_times(raw.methods, raw.steps)
    papers = judge_papers(raw.groups, absent="papers" in raw.absent)
    province = made_by_province(raw.code, named.official, raw.decision, names.provinces)
    record = replace(
        _plain_record(raw, named, today),
        levels=levels,
        province=province,
        receiving=agencies.receiving,
        deciding=agencies.deciding,
        times=times.times,
        fees_state=fees.state,
        fees=fees.fees,
        papers=papers.papers,
    )
    doubts = [*named.doubts, *level_doubts, *agencies.doubts, *times.doubts, *fees.doubts, *papers.doubts]
    if province:
        doubts.append(Doubt("other_province", f"thủ tục do {province} đặt ra, không áp dụng ở Bắc Ninh", named.official[:200]))
    if record.steps.raw and names_district(record.steps.raw):
        doubts.append(Doubt("district_level", "các bước còn nhắc cấp huyện; cấp huyện không còn từ 01/7/2025"))
    doubts += _changes(raw, levels, named.official)
    return Normalised(record, tuple(_grouped(doubts)))


def _plain_record(raw: RawRecord, named: JudgedName, today: date) -> ImportedRecord:
    """The sections that need no judgement beyond their three states."""
    online, online_note = _online(raw)
    return ImportedRecord(
        code=raw.code,
        name=named.name,
        official_name=named.official,
        completeness=raw.completeness,
        source_name=raw.source_name,
        as_of=month_or_day(raw.as_of) or today.isoformat(),
        dated=month_or_day(raw.as_of) is not None,
        field=_plain(raw.field),
        targets=tuple(dict.fromkeys(one_line(target) for target in raw.targets)),
        kind=raw.kind,
        decision=_plain(raw.decision),
        valid_from=full_day(raw.valid_from),
        valid_to=full_day(raw.valid_to),
        executing_raw=raw.agency_executing,
        receiving_address=stated(raw.receiving_address),
        steps=stated(raw.steps),
        conditions=stated(raw.conditions, absent="conditions" in raw.absent),
        result=stated(raw.result),
        legal_basis=_laws(raw.legal_basis),
        keywords=None if says_nothing(raw.keywords) else raw.keywords,
        portal_url=official_url(raw.portal_url),
        online=online,
        online_note=online_note,
        earlier=raw.earlier,
    )


def _from_list(raw: RawRecord, today: date) -> Normalised:
    """A row of an official list: a record of its own until fuller data come, and then what stands beside them."""
    named = judge_name(raw.name)
    row = ListedRow(named.official, _plain(raw.field), _plain(raw.agency_issuing), _plain(raw.agency_executing))
    record = ImportedRecord(
        code=raw.code,
        name=named.name,
        official_name=named.official,
        completeness="list",
        source_name=raw.source_name,
        as_of=month_or_day(raw.as_of) or today.isoformat(),
        dated=month_or_day(raw.as_of) is not None,
        field=row.field,
        executing_raw=raw.agency_executing,
        listed=row,
    )
    return Normalised(record, named.doubts)


def with_list_agencies(record: ImportedRecord, names: AgencyNames) -> ImportedRecord:
    """The record with the agencies of the list where its own source names none. Never changes what the source names."""
    if record.listed is None or not record.listed.executing or record.deciding is not None:
        return record
    judged = judge_agencies(record.listed.executing, None, record.levels, names)
    return replace(record, receiving=judged.receiving, deciding=judged.deciding)


def stated(text: str | None, *, absent: bool = False) -> StatedText:
    """A text section in three states: something, confirmed nothing, silence."""
    if text is None:
        return StatedText("absent" if absent else "unknown", None)
    shown = unwrapped(_PAGE_REMAINS.sub("", tidy(text)).strip())
    state: State = "absent" if absent or states_absence(shown or text) else "unknown" if says_nothing(shown) else "present"
    return StatedText(state, shown or tidy(text) or None)


def month_or_day(text: str | None) -> str | None:
    """The date at the beginning of the text as ``YYYY-MM`` or ``YYYY-MM-DD``; None where there is none."""
    match = _DAY.match(text or "")
    if match is None or not 1 <= int(match[2]) <= 12 or not 1990 <= int(match[1]) <= 2100:
        return None
    if match[3] is None:
        return f"{match[1]}-{match[2]}"
    return full_day(match.group()) or f"{match[1]}-{match[2]}"


def full_day(text: str | None) -> str | None:
    """The day at the beginning of the text, or None where it is no day of the calendar."""
    try:
        return date.fromisoformat((text or "")[:10]).isoformat()
    except ValueError:
        return None


def official_url(url: str | None) -> str | None:
    """The link where it is one of the state's sites over https and still answers; a file cannot bring links to elsewhere."""
    if url is None or not _URL.match(url) or url.startswith(_DEAD_HOSTS) or len(url) > 500:
        return None
    return url


def _better_name(raw: RawRecord) -> str:
    """An earlier publication's name where the present one is only the title of the publishing decision."""
    if is_decision_title(one_line(raw.name)):
        earlier = [version.name for version in raw.earlier if version.name and not is_decision_title(version.name)]
        return earlier[0] if earlier else raw.name
    return raw.name


def _plain(text: str | None) -> str | None:
    shown = one_line(text) if text else ""
    return None if says_nothing(shown) else shown


def _laws(numbers: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(number for number in map(one_line, numbers) if not says_nothing(number)))


def _online(raw: RawRecord) -> tuple[bool | None, str | None]:
    """Whether it can be filed online: a row of the table says so, or the portal's button; a level is never stated."""
    row = any(method.channel == "online" for method in raw.methods)
    if row and raw.online_offered is False:
        return True, "bảng cách nộp có nộp trực tuyến nhưng trang của cổng không có nút nộp hồ sơ"
    if row or raw.online_offered:
        return True, None
    return (False, None) if raw.online_offered is False and raw.methods else (None, None)


def _changes(raw: RawRecord, levels: tuple[str, ...], name: str) -> Iterable[Doubt]:
    for version in raw.earlier:
        if version.levels and judge_levels(version.levels)[0] != levels:
            yield Doubt("level_changed", f"bản {version.as_of or 'trước'} ghi cấp khác: {', '.join(version.levels)}")
        if version.name and judge_name(version.name).official != name:
            yield Doubt("name_changed", f"bản {version.as_of or 'trước'} ghi tên khác", version.name[:200])


def _grouped(doubts: Iterable[Doubt]) -> Iterable[Doubt]:
    """Each doubt once: the three ways to file repeat them."""
    seen: set[tuple[str, str]] = set()
    for doubt in doubts:
        key = (doubt.hazard, doubt.message)
        if key not in seen:
            seen.add(key)
            yield doubt
