"""The reference data that ship: agencies, places, life events, calendar, and what holds for every procedure file."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from datetime import date
from functools import cache
from typing import Any

import pytest
import yaml
from pydantic import ValidationError

from bot.catalogue.schema import Agency, LifeEvent, Place, Procedure, WorkingCalendar
from bot.settings import PROJECT_ROOT

CATALOGUE = PROJECT_ROOT / "data" / "catalogue"
PROCEDURE_FILES = sorted((CATALOGUE / "procedures").glob("*.yml"))

RAISED_TO_WARD_IN_2026 = (
    "Bố Hạ",
    "Lạng Giang",
    "Kép",
    "Lục Nam",
    "Hiệp Hoà",
    "Yên Phong",
    "Phù Lãng",
    "Chi Lăng",
    "Tiên Du",
    "Gia Bình",
    "Nhân Thắng",
    "Lương Tài",
)


@cache
def read(name: str) -> Any:
    return yaml.safe_load((CATALOGUE / name).read_text(encoding="utf-8"))


@cache
def agencies() -> tuple[Agency, ...]:
    return tuple(Agency.model_validate(record) for record in read("agencies.yml")["agencies"])


@cache
def places() -> tuple[Place, ...]:
    return tuple(Place.model_validate(record) for record in read("places.yml")["places"])


@cache
def life_events() -> tuple[LifeEvent, ...]:
    return tuple(LifeEvent.model_validate(record) for record in read("life_events.yml")["life_events"])


@cache
def calendar() -> WorkingCalendar:
    return WorkingCalendar.model_validate(read("calendar.yml"))


@cache
def procedure(code: str) -> Procedure:
    return Procedure.model_validate(read(f"procedures/{code}.yml"))


def strings(value: object) -> Iterator[str]:
    """Every string in a parsed YAML file."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for part in value.values():
            yield from strings(part)
    elif isinstance(value, list):
        for part in value:
            yield from strings(part)


def slug(name: str) -> str:
    plain = "".join(c for c in unicodedata.normalize("NFD", name.lower()) if not unicodedata.combining(c)).replace("đ", "d")
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")


def spoken(record: Procedure) -> list[str]:
    """What is said to a citizen as it stands: no raw words of sources and no notes."""
    facts = [record.handled_by, record.conditions, record.result, *record.times, *record.fees]
    papers = [item.name for group in record.documents.groups for item in group.items]
    return [record.name, *record.steps, *papers, *(fact.text for fact in facts if fact.text)]


# --- agencies


def test_every_agency_is_listed_once() -> None:
    doubled = [id_ for id_, count in Counter(agency.id for agency in agencies()).items() if count > 1]
    assert doubled == []


def test_no_agency_of_today_bears_an_abolished_name() -> None:
    for agency in agencies():
        assert not re.search(r"huyện|thị xã|\btỉnh Bắc (Ninh|Giang)", agency.name), agency.name


@pytest.mark.parametrize(
    ("said", "today"),
    [
        ("sở TNMT", {"so-nnmt"}),
        ("sở KHĐT", {"so-tai-chinh"}),
        ("sở GTVT", {"so-xay-dung"}),
        ("UBND huyện", {"ubnd-xa"}),
        ("UBND tỉnh", {"ubnd-thanh-pho"}),
        ("công an huyện", {"cong-an-xa"}),
        ("sở LĐTBXH", {"so-noi-vu"}),
    ],
)
def test_an_old_agency_name_leads_to_the_agency_of_today(said: str, today: set[str]) -> None:
    assert {agency.id for agency in agencies() if said in agency.old_names} == today


# --- places


def test_the_city_has_45_wards_and_54_communes() -> None:
    assert Counter(place.kind for place in places()) == {"phuong": 45, "xa": 54}


def test_place_names_are_unique_and_ids_follow_from_them() -> None:
    assert len({place.name for place in places()}) == 99
    assert [place.id for place in places()] == [f"{place.kind}-{slug(place.name)}" for place in places()]


@pytest.mark.parametrize(
    ("district", "count"),
    [
        ("huyện Yên Dũng", 6),
        ("thành phố Bắc Giang", 8),
        ("huyện Hiệp Hòa", 4),
        ("huyện Tân Yên", 5),
        ("huyện Yên Thế", 5),
        ("huyện Lạng Giang", 5),
        ("huyện Lục Nam", 8),
        ("huyện Lục Ngạn", 11),
        ("huyện Sơn Động", 8),
        ("thành phố Bắc Ninh (cũ)", 5),
        ("thành phố Từ Sơn", 4),
        ("huyện Yên Phong", 5),
        ("thị xã Quế Võ", 7),
        ("huyện Tiên Du", 5),
        ("thị xã Thuận Thành", 6),
        ("huyện Gia Bình", 5),
        ("huyện Lương Tài", 4),
        ("thị xã Việt Yên", 4),
    ],
)
def test_an_old_district_leads_to_all_its_units(district: str, count: int) -> None:
    assert sum(district in place.old_districts for place in places()) == count


def test_every_place_lies_in_an_old_district() -> None:
    assert [place.name for place in places() if not place.old_districts] == []


@pytest.mark.parametrize(
    ("old", "today"),
    [("thị trấn Chờ", "Yên Phong"), ("Phong Khê", "Võ Cường"), ("Đình Bảng", "Từ Sơn"), ("Song Mai", "Đa Mai")],
)
def test_an_old_commune_leads_to_its_unit_of_today(old: str, today: str) -> None:
    assert [place.name for place in places() if old in place.old_names] == [today]


@pytest.mark.parametrize("name", RAISED_TO_WARD_IN_2026)
def test_a_commune_that_became_a_ward_is_still_found_as_a_commune(name: str) -> None:
    place = next(place for place in places() if place.name == name)
    assert place.kind == "phuong"
    assert f"xã {name}" in place.old_names


# --- life events


def test_the_eleven_life_events_lead_to_procedures_that_ship() -> None:
    shipped = {path.stem for path in PROCEDURE_FILES}
    assert len(life_events()) == 11
    for event in life_events():
        assert set(event.procedures) <= shipped, event.id
        assert len(set(event.procedures)) == len(event.procedures), event.id


def test_a_cue_belongs_to_one_life_event() -> None:
    cues = Counter(cue.casefold() for event in life_events() for cue in event.cues)
    assert [cue for cue, count in cues.items() if count > 1] == []


# --- calendar


def test_hours_are_not_spoken_as_confirmed() -> None:
    hours = calendar().hours
    assert hours.monday_to_friday == ("07:30-11:30", "13:30-17:00")
    assert hours.saturday == ()
    assert hours.certainty == "check"
    assert hours.note


def test_days_off_are_in_order_unique_and_within_the_years_covered() -> None:
    days = [holiday.day for holiday in calendar().holidays]
    assert days == sorted(set(days))
    assert {day.year for day in days} == set(calendar().covers_years) == {2026, 2027}


@pytest.mark.parametrize(
    ("day", "word"),
    [
        (date(2026, 4, 26), "Giỗ Tổ"),
        (date(2026, 9, 2), "Quốc khánh"),
        (date(2027, 1, 1), "Tết Dương lịch"),
        (date(2027, 2, 6), "mùng 1"),
        (date(2027, 4, 16), "Giỗ Tổ"),
        (date(2027, 4, 30), "Chiến thắng"),
        (date(2027, 5, 1), "lao động"),
    ],
)
def test_a_legal_holiday_is_a_day_off(day: date, word: str) -> None:
    holiday = next(holiday for holiday in calendar().holidays if holiday.day == day)
    assert word in holiday.name
    assert holiday.working is False


# --- what holds for every procedure


def test_all_texts_are_composed_unicode() -> None:
    for path in CATALOGUE.rglob("*.yml"):
        for text in strings(yaml.safe_load(path.read_text(encoding="utf-8"))):
            assert unicodedata.is_normalized("NFC", text), f"{path.name}: {text!r}"


@pytest.mark.parametrize("code", [path.stem for path in PROCEDURE_FILES])
def test_a_procedure_is_valid_and_named_by_its_code(code: str) -> None:
    record = procedure(code)
    assert record.code == code
    assert {record.receiving_agency, record.deciding_agency} <= {agency.id for agency in agencies()}


@pytest.mark.parametrize("code", [path.stem for path in PROCEDURE_FILES])
def test_nobody_is_sent_to_a_district_office(code: str) -> None:
    for text in spoken(procedure(code)):
        assert not re.search(r"(UBND|Ủy ban nhân dân|[Cc]ông an|[Cc]hi cục thuế|cấp) huyện", text), text


@pytest.mark.parametrize("code", [path.stem for path in PROCEDURE_FILES])
def test_free_is_said_only_where_it_is_certain_and_amounts_are_spoken_as_parsed(code: str) -> None:
    for fee in procedure(code).fees:
        if fee.kind == "free":
            assert fee.certainty == "sure", fee
        if fee.amount_vnd is not None:
            assert f"{fee.amount_vnd:,}".replace(",", ".") in (fee.text or ""), fee


@pytest.mark.parametrize("code", [path.stem for path in PROCEDURE_FILES])
def test_no_online_level_is_claimed_where_the_source_names_none(code: str) -> None:
    online = procedure(code).online
    if online.raw and "nguồn không ghi" in online.raw and online.certainty == "sure":
        assert online.level == "unknown"


def test_a_reduced_fee_is_no_longer_current_after_its_last_day() -> None:
    reduced = [fee for fee in procedure("2.002041").fees if fee.amount_vnd == 25_000]
    assert [fee.valid_to for fee in reduced] == [date(2026, 12, 31)]


def test_the_time_of_a_building_permit_hangs_under_the_case_not_the_channel() -> None:
    times = {(time.case, time.channel): (time.amount, time.unit) for time in procedure("1.013225").times}
    assert times == {("nha-o-rieng-le", "any"): (15, "day"), ("cong-trinh-khac", "any"): (20, "day")}


@pytest.mark.parametrize(
    ("model", "broken"),
    [
        (Agency, {"id": "Sở Y tế", "name": "Sở Y tế", "level": "city"}),
        (Agency, {"id": "so-y-te", "name": "Sở Y tế", "level": "tỉnh"}),
        (Place, {"id": "xa-tan-yen", "name": "Tân Yên", "kind": "xa", "old_district": ["huyện Tân Yên"]}),
        (LifeEvent, {"id": "sinh-con", "name": "Sinh con", "cues": ["sinh con"], "procedures": ["1.001193"]}),
        (WorkingCalendar, {"hours": {}, "holidays": [], "covers_years": [], "source": ""}),
    ],
)
def test_a_slip_in_a_reference_file_is_refused(model: type[Agency], broken: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        model.model_validate(broken)
