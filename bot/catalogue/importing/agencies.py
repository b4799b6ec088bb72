"""Hazards of agencies: old names, the abolished district level, agencies of other provinces, several agencies in one cell.

The names themselves are dated data: ``data/catalogue/agency_names.yml`` and the old names in ``agencies.yml``.
"""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from pathlib import Path

from pydantic import Field

from bot.catalogue.importing.findings import Doubt
from bot.catalogue.importing.names import DISTRICT_FOLDED
from bot.catalogue.importing.record import ImportedAgency
from bot.catalogue.importing.texts import one_line, says_nothing, short
from bot.catalogue.load import CatalogueError
from bot.catalogue.schema import Agency, Record, Slug, Text
from bot.catalogue.yaml_files import read_record
from bot.language.normalise import fold

MAX_AGENCY_NAME = 120
"""Letters of an agency's name in an answer."""

MAX_AGENCIES = 40
"""Agencies in one cell; the longest honest cell has a dozen."""

_AGENCY_WORDS = (
    "Bộ|Sở|Ủy ban|Uỷ ban|UBND|HĐND|Hội đồng|Cục|Chi cục|Tổng cục|Vụ|Viện|Công an|Ngân hàng|Ban|Trung tâm|Phòng|Văn phòng"
    "|Chủ tịch|Cơ quan|Cơ sở|Thuế|Bảo hiểm|Hội|Chi nhánh|Đơn vị|Trường|Thanh tra|Đội|Thủ tướng|Chính phủ|Tòa án|Kho bạc|Quỹ"
    "|Giám đốc|Tổ chức|Hải quan|Cảng|Công ty|Tổng công ty|Doanh nghiệp|Người"
    "|Bệnh viện|Đại sứ|Đồn|Bộ đội|Tổ|Trạm|Trưởng|Nhà|Học viện|Đại học|Chi"
)
_SPLIT = re.compile(rf"[;\n]|,\s*(?=(?:{_AGENCY_WORDS})\b)")
_LOCALITY = re.compile(r"(?:tỉnh|thành phố|TP\.?)\s+", re.I)
_LOCALITY_AT_END = re.compile(r"(?:tại |các )?(?:tỉnh|thành phố|TP\.?)\s*$", re.I)
_WORD = re.compile(r"[a-z0-9]+")


class RenamedAgency(Record):
    """An agency that took another name or was merged, and since when."""

    old: Text
    new: Text
    since: date


class AgencySpelling(Record):
    """How sources begin the name of one of our agencies."""

    id: Slug
    starts: tuple[Text, ...] = Field(min_length=1)
    received_by: Slug | None = None


class DistrictHeir(Record):
    """Who does now what an agency of the district level did."""

    starts: Text
    id: Slug


class _NamesFile(Record):
    as_of: Text
    renamed: tuple[RenamedAgency, ...]
    spellings: tuple[AgencySpelling, ...]
    district_heirs: tuple[DistrictHeir, ...]
    provinces: tuple[Text, ...]


@dataclass(frozen=True)
class AgencyNames:
    """The tables that agencies are judged by."""

    agencies: Mapping[str, Agency]
    renamed: tuple[RenamedAgency, ...]
    spellings: tuple[tuple[str, str], ...]
    received_by: Mapping[str, str]
    district_heirs: tuple[DistrictHeir, ...]
    provinces: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class JudgedAgencies:
    """Who receives and who decides, and the doubts."""

    receiving: ImportedAgency | None
    deciding: ImportedAgency | None
    doubts: tuple[Doubt, ...]


def load_agency_names(folder: Path, agencies: Mapping[str, Agency]) -> AgencyNames:
    """The tables of ``agency_names.yml``. Raises ``CatalogueError`` where it is broken or names an agency nobody knows."""
    entry, problems = read_record(folder / "agency_names.yml", "agency_names.yml", _NamesFile)
    if entry is None:
        raise CatalogueError(problems)
    table = entry.record
    used = [
        *(s.id for s in table.spellings),
        *(h.id for h in table.district_heirs),
        *(s.received_by or s.id for s in table.spellings),
    ]
    unknown = [entry.problem(f"agency {name} is not in agencies.yml", "spellings") for name in sorted(set(used) - set(agencies))]
    if unknown:
        raise CatalogueError(unknown)
    starts = [(_key(start), spelling.id) for spelling in table.spellings for start in spelling.starts]
    starts += [(_key(old), agency.id) for agency in agencies.values() for old in (agency.name, *agency.old_names)]
    return AgencyNames(
        agencies=agencies,
        renamed=table.renamed,
        spellings=tuple(sorted(dict(reversed(starts)).items(), key=lambda pair: -len(pair[0]))),
        received_by={s.id: s.received_by for s in table.spellings if s.received_by},
        district_heirs=table.district_heirs,
        provinces=table.provinces,
    )


@lru_cache(maxsize=20_000)
def _key(name: str) -> str:
    return " ".join(_WORD.findall(fold(name)))


def agency_parts(cell: str | None) -> list[str]:
    """The agencies of a cell that names several, divided at line breaks, ";" and at commas before a new name."""
    if says_nothing(cell):
        return []
    parts = (one_line(part).strip(" .,-+*") for part in _SPLIT.split(cell or ""))
    return list(dict.fromkeys(part for part in parts if part and not says_nothing(part)))[:MAX_AGENCIES]


def judge_agencies(executing: str | None, deciding: str | None, levels: Sequence[str], names: AgencyNames) -> JudgedAgencies:
    """The agency that a citizen meets and the one that decides, as named now. Of several the nearest to the citizen receives."""
    doers = [judge_agency(part, names) for part in agency_parts(executing)]
    deciders = [judge_agency(part, names) for part in agency_parts(deciding)] or doers
    doubts = [doubt for _, found in (*doers, *deciders) for doubt in found]
    if not doers and not deciders:
        doubts.append(Doubt("agency_unknown", "nguồn không ghi cơ quan thực hiện"))
        centre = _centre_of(levels, names)
        return JudgedAgencies(centre, centre, tuple(doubts))
    candidates = [agency for agency, _ in doers or deciders]
    receiver = _receiver(_nearest(candidates, levels, names), names)
    if len({agency.id for agency in candidates}) > 1:
        receiver = _with_note(receiver, "nguồn ghi nhiều cơ quan, nơi nhận có thể tùy trường hợp")
    decider = _nearest([agency for agency, _ in deciders], levels, names)
    return JudgedAgencies(receiver, decider, tuple(dict.fromkeys(doubts)))


def _centre_of(levels: Sequence[str], names: AgencyNames) -> ImportedAgency | None:
    """The centre of the one level that the record names, where it names no agency: told as inferred."""
    centre = {"Cấp xã": "tthcc-xa", "Cấp tỉnh": "tthcc-tinh"}.get(levels[0]) if len(levels) == 1 else None
    if centre is None:
        return None
    note = "nguồn không ghi cơ quan; nơi nhận suy ra từ cấp thực hiện"
    return ImportedAgency(centre, names.agencies[centre].name, None, note)


def _with_note(agency: ImportedAgency, note: str) -> ImportedAgency:
    return replace(agency, note=f"{agency.note}; {note}" if agency.note else note)


def judge_agency(written: str, names: AgencyNames) -> tuple[ImportedAgency, tuple[Doubt, ...]]:
    """One agency under its present name."""
    doubts: list[Doubt] = []
    name, notes = written, []
    key = _key(name)
    for row in names.renamed:
        old = _key(row.old)
        if old in key:
            name = _replaced(name, row)
            doubts.append(Doubt("agency_renamed", f"«{row.old}» nay là {row.new} (từ {row.since:%d/%m/%Y})", written))
            notes.append(f"nguồn ghi «{row.old}», nay là {row.new}")
            key = _key(name)
            break
    if DISTRICT_FOLDED.search(key):
        return _district(name, key, names)
    known = _known(key, names)
    if place := _elsewhere(name, names):
        doubts.append(Doubt("agency_elsewhere", f"cơ quan của {place}, không phải của Bắc Ninh", written))
        notes.append(f"nguồn ghi cơ quan của {place}; ở Bắc Ninh do cơ quan tương ứng làm")
    note = "; ".join(notes) or None
    if known is not None:
        return ImportedAgency(known, names.agencies[known].name, written, note), tuple(doubts)
    shown = short(_without_place(name, place) if place else name, MAX_AGENCY_NAME)
    return ImportedAgency(made_id(shown), shown, written if written != shown else None, note), tuple(doubts)


def made_id(name: str) -> str:
    """An id for an agency that our list does not have, the same for the same name."""
    return "nhap-" + hashlib.sha256(_key(name).encode()).hexdigest()[:12]


def _replaced(name: str, row: RenamedAgency) -> str:
    """The name with the old part replaced, whatever its marks and capitals."""
    found = re.search(r"\W+".join(map(re.escape, row.old.replace("-", " ").split())), name, re.I)
    return name[: found.start()] + row.new + name[found.end() :] if found else row.new


def _district(name: str, key: str, names: AgencyNames) -> tuple[ImportedAgency, tuple[Doubt, ...]]:
    doubt = Doubt("district_level", f"«{name}»: cấp huyện không còn từ 01/7/2025", name)
    heir = next((row.id for row in names.district_heirs if key.startswith(_key(row.starts))), "ubnd-xa")
    note = f"nguồn còn ghi «{short(name, 80)}»; cấp huyện không còn từ 01/7/2025, việc nay do cấp xã hoặc sở giải quyết"
    return ImportedAgency(heir, names.agencies[heir].name, name, note), (doubt,)


def _known(key: str, names: AgencyNames) -> str | None:
    for start, agency in names.spellings:
        if key == start or (len(start) > 6 and key.startswith(start + " ")):
            return agency
    return None


def _elsewhere(name: str, names: AgencyNames) -> str | None:
    """The other province that the agency's name speaks of; the own one and none give None."""
    folded = f" {_key(name)} "
    if " bac ninh " in folded or " bac giang " in folded:
        return None
    return next((place for place in names.provinces if f" {_key(place)} " in folded and _names_place(name, place)), None)


def _without_place(name: str, place: str) -> str:
    """The agency without the other province: whoever does the same work here is meant."""
    at = name.casefold().find(place.casefold())
    return _LOCALITY_AT_END.sub("", name[:at]).strip(" ,.-") or name


def _names_place(name: str, place: str) -> bool:
    """Whether the province stands as one: after "tỉnh" or "thành phố", or at the end of the name."""
    at = name.casefold().find(place.casefold())
    return at > 0 and (
        bool(_LOCALITY.search(name[max(0, at - 12) : at])) or name.casefold().rstrip(" .").endswith(place.casefold())
    )


def _nearest(agencies: Sequence[ImportedAgency], levels: Sequence[str], names: AgencyNames) -> ImportedAgency:
    """The agency nearest to the citizen: the commune's before the city's before others, as far as the record's levels allow."""
    allowed = {"commune": "Cấp xã" in levels or not levels, "city": "Cấp tỉnh" in levels or "Cấp xã" in levels or not levels}
    order = {"commune": 0, "city": 1}

    def rank(agency: ImportedAgency) -> tuple[int, bool]:
        known = names.agencies.get(agency.id)
        level = known.level if known else "other"
        # Of two at one level the one whose papers the centre takes is the usual way in.
        return (order.get(level, 2) if allowed.get(level, True) else 3), agency.id not in names.received_by

    return min(agencies, key=rank)


def _receiver(agency: ImportedAgency, names: AgencyNames) -> ImportedAgency:
    """Where the papers are handed in: the centre for agencies that receive through it (NĐ 118/2025), else the agency itself."""
    centre = names.received_by.get(agency.id)
    return ImportedAgency(centre, names.agencies[centre].name, agency.raw, agency.note) if centre else agency
