"""What citizens write is read as the field's kind, or refused with a reason that says what to do."""

from typing import Any

import pytest

from bot.eforms.answers import read_answer
from bot.eforms.asking import refusal
from bot.eforms.fields import Field, Wording, kind_of, options_of
from bot.eforms.readings import Accepted, Refused, Unclear
from bot.eforms.tools import Tools


def field_of(title: str = "Mục thử", **schema: Any) -> Field:
    schema.setdefault("type", "string")
    kind = kind_of(schema, "x", title)
    return Field("x", kind, Wording(title), Wording("?"), True, schema=schema, options=options_of(schema))


def read(tools: Tools, text: str, siblings: dict[str, Any] | None = None, **schema: Any) -> Any:
    reading = read_answer(field_of(**schema), text, tools, siblings or {})
    return reading.value if isinstance(reading, Accepted) else reading


def key(tools: Tools, text: str, siblings: dict[str, Any] | None = None, **schema: Any) -> str:
    field = field_of(**schema)
    reading = read_answer(field, text, tools, siblings or {})
    assert isinstance(reading, Refused), reading
    assert "{" not in refusal(field, reading, tools, 1)
    return reading.key.removeprefix("eform_bad_")


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("12/3/1990", "1990-03-12"),
        ("12-3-1990", "1990-03-12"),
        ("12.03.1990", "1990-03-12"),
        ("12/3/90", "1990-03-12"),
        ("ngày 12 tháng 3 năm 1990", "1990-03-12"),
        ("12 tháng 3, 1990", "1990-03-12"),
        ("12 thang 3 nam 1990", "1990-03-12"),
        ("1990-03-12", "1990-03-12"),
        ("12031990", "1990-03-12"),
        ("12 3 1990", "1990-03-12"),
        ("12 / 3 / 1990", "1990-03-12"),
        ("mùng 2 tháng 9 năm 2020", "2020-09-02"),
        ("sinh ngày 1/1/2000 ạ", "2000-01-01"),
        ("29/2/2000", "2000-02-29"),
        ("hôm qua", "2026-11-22"),
    ],
)
def test_days_as_people_write_them(tools: Tools, text: str, day: str) -> None:
    if text.startswith("mùng"):
        # "mùng" may be lunar: with a year of ours it is asked for again rather than converted.
        assert read(tools, text, format="date") in (day, Refused("eform_bad_date_lunar"))
        return
    assert read(tools, text, format="date", title="Ngày sinh") == day


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("31/2/1990", "date_day"),
        ("29/2/2001", "date_day"),
        ("31/4/1990", "date_day"),
        ("5/13/1990", "date_month"),
        ("ngày 31 tháng 2 năm 1990", "date_day"),
        ("31-06-1985", "date_day"),
        ("30022001", "date_day"),
        ("0/5/1990", "date_day"),
        ("12/3", "date_year"),
        ("tháng 3 năm 1990", "date_part"),
        ("1990", "date_part"),
        ("năm 1990", "date_part"),
        ("rằm tháng bảy", "date_lunar"),
        ("mùng 5 Tết", "date_lunar"),
        ("không nhớ rõ", "date"),
        ("1/1/2027", "date_future"),
        ("12/3/1850", "date"),
        ("12/3/1990 hay 13/3/1990", "date_several"),
    ],
)
def test_days_that_are_none(tools: Tools, text: str, why: str) -> None:
    assert key(tools, text, format="date", title="Ngày sinh") == why


def test_limits_of_days_name_the_other_day(tools: Tools) -> None:
    born = {"birth_date": "1990-03-12"}
    assert key(tools, "1/1/1980", born, format="date", **{"x-not-before": "birth_date"}) == "date_early"
    assert key(tools, "24/11/2026", born, format="date", **{"x-not-after": "today"}) == "date_future"
    assert read(tools, "1/1/2000", born, format="date", **{"x-not-before": "birth_date"}) == "2000-01-01"
    assert read(tools, "1/1/2000", {}, format="date", **{"x-not-before": "birth_date"}) == "2000-01-01"


@pytest.mark.parametrize(
    ("text", "value"),
    [("027190001234", "027190001234"), ("027 190 001 234", "027190001234"), ("số cccd của tôi là 027190001234", "027190001234")],
)
def test_citizen_ids(tools: Tools, text: str, value: str) -> None:
    assert read(tools, text, format="citizen-id") == value


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("02719000123", "citizen_id_length"),
        ("0271900012345", "citizen_id_length"),
        ("999190001234", "citizen_id_province"),
        ("027990001234", "citizen_id_century"),
        ("123456789", "citizen_id_old"),
        ("không có", "citizen_id_missing"),
        ("027190001234 và 027190001235", "citizen_id_several"),
    ],
)
def test_citizen_ids_that_are_none(tools: Tools, text: str, why: str) -> None:
    assert key(tools, text, format="citizen-id") == why


def test_the_old_number_is_taken_where_the_form_allows_it(tools: Tools) -> None:
    assert read(tools, "CMND 123456789", format="identity-number") == "123456789"
    assert read(tools, "027190001234", format="identity-number") == "027190001234"


@pytest.mark.parametrize("text", ["0912345678", "0912 345 678", "+84 912 345 678", "0912.345.678", "sđt em 0912345678 ạ"])
def test_telephones(tools: Tools, text: str) -> None:
    assert read(tools, text, format="phone") == "0912345678"


@pytest.mark.parametrize(("text", "why"), [("091234567", "phone"), ("09123456789", "phone"), ("số của tôi", "phone_missing")])
def test_telephones_that_are_none(tools: Tools, text: str, why: str) -> None:
    assert key(tools, text, format="phone") == why


def test_e_mails(tools: Tools) -> None:
    assert read(tools, "Mail: Hoa.Nguyen@Example.vn", format="email") == "hoa.nguyen@example.vn"
    assert key(tools, "hoa.nguyen(a)example", format="email") == "email"


@pytest.mark.parametrize(
    ("text", "vnd"),
    [
        ("50 triệu", 50_000_000),
        ("50tr", 50_000_000),
        ("1tr2", 1_200_000),
        ("2 tỷ", 2_000_000_000),
        ("50.000.000", 50_000_000),
        ("50000000", 50_000_000),
        ("năm mươi triệu đồng", 50_000_000),
        ("khoảng 200 triệu", 200_000_000),
        ("0", 0),
        ("20 củ", 20_000_000),
    ],
)
def test_money(tools: Tools, text: str, vnd: int) -> None:
    assert read(tools, text, type="integer", format="money") == vnd


def test_money_that_is_none(tools: Tools) -> None:
    assert key(tools, "50", type="integer", format="money") == "money_unit"
    assert key(tools, "nhiều lắm", type="integer", format="money") == "money"
    assert key(tools, "50 triệu hoặc 60 triệu", type="integer", format="money") == "money_several"
    assert key(tools, "10 nghìn", type="integer", format="money", minimum=1_000_000) == "number_small"


@pytest.mark.parametrize(("text", "value"), [("3", 3), ("ba người", 3), ("12,5 m", 12.5), ("1.250", 1250), ("hai mươi mốt", 21)])
def test_numbers(tools: Tools, text: str, value: float) -> None:
    assert read(tools, text, type="number") == value


def test_numbers_that_are_none(tools: Tools) -> None:
    assert key(tools, "2,5", type="integer") == "number_whole"
    assert key(tools, "nhiều", type="integer") == "number"
    assert key(tools, "0", type="integer", minimum=1) == "number_small"
    assert key(tools, "99", type="integer", maximum=20) == "number_large"
    assert key(tools, "0", type="number", exclusiveMinimum=0) == "number_more"
    assert key(tools, "7", type="integer", multipleOf=5) == "step"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Nguyễn Văn An", "Nguyễn Văn An"),
        ("nguyễn văn an", "Nguyễn Văn An"),
        ("NGUYỄN VĂN AN", "Nguyễn Văn An"),
        ("tôi tên là Nguyễn Văn An", "Nguyễn Văn An"),
        ("ông Nguyễn Văn An ạ", "Nguyễn Văn An"),
        ("Hồ Thị Minh", "Hồ Thị Minh"),
        ("H'Hen Niê", "H'Hen Niê"),
        ("Bé Nguyễn Minh An", "Nguyễn Minh An"),
        ("Lê-Phạm Hoà", "Lê-Phạm Hoà"),
    ],
)
def test_names(tools: Tools, text: str, name: str) -> None:
    assert read(tools, text, format="person-name") == name


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("An", "name_short"),
        ("Nguyễn Văn An 1990", "name_digits"),
        ("@@@", "name_signs"),
        ("Nguyễn & Trần", "name_signs"),
        ("tôi không biết", "name_missing"),
        ("a " * 60, "name_long"),
    ],
)
def test_names_that_are_none(tools: Tools, text: str, why: str) -> None:
    assert key(tools, text, format="person-name") == why


def test_a_name_without_marks_is_taken_with_a_note(tools: Tools) -> None:
    reading = read_answer(field_of(format="person-name"), "Nguyen Van An", tools, {})
    assert isinstance(reading, Accepted)
    assert reading.notes == ("eform_note_name_without_marks",)


YES = [
    "có",
    "Có ạ",
    "đúng",
    "đúng rồi",
    "ok",
    "oke bạn",
    "vâng",
    "dạ vâng",
    "ừ",
    "phải",
    "đồng ý",
    "co",
    "dung roi",
    "yes",
    "chuẩn",
    "rồi",
    "dạ có",
]
NO = [
    "không",
    "ko",
    "k",
    "không ạ",
    "chưa",
    "không có",
    "ko có",
    "không phải",
    "hok",
    "khum",
    "no",
    "sai rồi",
    "chưa có",
    "hết rồi",
    "thôi",
]


@pytest.mark.parametrize(("text", "value"), [*((text, True) for text in YES), *((text, False) for text in NO)])
def test_yes_and_no_in_every_wording(tools: Tools, text: str, value: bool) -> None:
    assert read(tools, text, type="boolean") is value


def test_neither_yes_nor_no(tools: Tools) -> None:
    assert key(tools, "tuỳ", type="boolean") == "yes_no"


KINDS = {
    "oneOf": [
        {"const": "a", "title": "Nhà thuê", "x-words": ["trọ", "thuê trọ"]},
        {"const": "b", "title": "Mượn, ở nhờ"},
        {"const": "c", "title": "Nhà của mình", "x-words": ["sở hữu"]},
    ]
}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1", "a"),
        ("2", "b"),
        ("số 3", "c"),
        ("nhà thuê", "a"),
        ("nha thue", "a"),
        ("em ở trọ", "a"),
        ("ở nhờ", "b"),
        ("thứ ba", "c"),
        ("sở hữu", "c"),
        ("của mình ạ", "c"),
    ],
)
def test_choices_by_number_label_and_words(tools: Tools, text: str, value: str) -> None:
    assert read(tools, text, **KINDS) == value


def test_choices_that_are_none(tools: Tools) -> None:
    assert key(tools, "9", **KINDS) == "choice"
    assert key(tools, "xe máy", **KINDS) == "choice"
    assert key(tools, "thuê trọ, sở hữu", **KINDS) == "choice_several"


def test_enums_with_labels_and_several_choices(tools: Tools) -> None:
    plain = {"enum": ["x", "y"], "x-labels": {"x": "Xanh", "y": "Đỏ"}}
    assert read(tools, "đỏ", **plain) == "y"
    assert read(tools, "x", **plain) == "x"
    numbers = {"type": "integer", "enum": [6, 12, 24]}
    assert read(tools, "12", **numbers) == 12
    several = {"type": "array", "items": {"type": "string", **KINDS}}
    assert read(tools, "1, 3", **several) == ["a", "c"]
    assert read(tools, "nhà thuê và ở nhờ", **several) == ["a", "b"]
    assert read(tools, "tất cả", **several) == ["a", "b", "c"]
    assert key(tools, "1, 7", **several) == "choice"


@pytest.mark.parametrize(
    ("text", "ward"),
    [
        ("phường Kinh Bắc", "phuong-kinh-bac"),
        ("kinh bac", "phuong-kinh-bac"),
        ("thị trấn Lim", "phuong-tien-du"),
        ("Suối Hoa", "phuong-kinh-bac"),
        ("P. Vũ Ninh", "phuong-vu-ninh"),
        ("xã Tam Giang ạ", "xa-tam-giang"),
    ],
)
def test_wards_by_new_and_old_names(tools: Tools, text: str, ward: str) -> None:
    assert read(tools, text, format="ward") == ward


def test_a_name_of_several_places_is_asked_about(tools: Tools) -> None:
    reading = read_answer(field_of(format="ward"), "Yên Phong", tools, {})
    assert isinstance(reading, Unclear)
    assert len(reading.options) > 1
    assert reading.question
    assert all(place in tools.place_names for place in reading.options)
    assert isinstance(read_answer(field_of(format="ward"), "huyện Yên Phong", tools, {}), Unclear)


def test_places_elsewhere_are_refused(tools: Tools) -> None:
    assert key(tools, "quận Cầu Giấy", format="ward") == "ward"
    assert key(tools, "abc", format="ward") == "ward"


def test_lists_and_texts(tools: Tools) -> None:
    goods = {"type": "array", "items": {"type": "string", "maxLength": 20}, "maxItems": 3}
    assert read(tools, "bán cà phê, bán bánh; sửa xe", **goods) == ["bán cà phê", "bán bánh", "sửa xe"]
    assert key(tools, "a, b, c, d", **goods) == "many"
    assert read(tools, "  Quán   Mây ") == "Quán Mây"
    assert key(tools, "…") == "text_empty"
    assert key(tools, "x" * 30, maxLength=20) == "text_long"
    assert key(tools, "x", minLength=5) == "text_short"
    assert key(tools, "abc", pattern="^[0-9]+$") == "pattern"


@pytest.mark.parametrize(
    "text", ["", " ", "\u0000\u0000", "⟦phone:abc⟧", "😀" * 500, "9" * 5000, "a" * 20000, "\ud800", "1/1/0000", "-5", "1e999"]
)
@pytest.mark.parametrize(
    "schema",
    [{"format": name} for name in ("date", "citizen-id", "phone", "email", "ward", "person-name", "address")]
    + [{"type": kind} for kind in ("integer", "number", "boolean", "array", "string")]
    + [KINDS, {"type": "integer", "format": "money"}],
    ids=str,
)
def test_hostile_texts_are_read_without_an_error(tools: Tools, text: str, schema: dict[str, Any]) -> None:
    assert read_answer(field_of(**schema), text, tools, {}) is not None
