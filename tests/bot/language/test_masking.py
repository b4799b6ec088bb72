"""Private numbers are found however they are typed, and never shown whole."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.language.masking import (
    PLACEHOLDER,
    PrivateSpan,
    dossier_code,
    find_private,
    masked,
    neutralise,
    placeholder,
    placeholders_in,
    replace_private,
    strip_forged_placeholders,
)

CODE = "H05.12.3-260818-0001"


def found(text: str, expects: str | None = None) -> list[tuple[str, str]]:
    return [(span.kind, span.value) for span in find_private(text, expects)]


@pytest.mark.parametrize(
    "typed",
    [
        CODE,
        CODE.lower(),
        "H05.12.3 - 260818 - 0001",
        "H05.12.3–260818—0001",
        "H05.12.3‐260818−0001",
        "HO5.12.3-26O8I8-OOO1",
        "h05.l2.3-260818-000l",
        "H05.12.3\u00a0-260818-\u200b0001",
        "H05 .12 .3 260818 0001",
        "Ｈ05.12.3-260818-0001",
    ],
)
def test_a_dossier_code_is_found_in_any_spelling(typed: str) -> None:
    assert found(f"mã hồ sơ của em là {typed} ạ") == [("dossier_code", CODE)]
    assert dossier_code(typed) == CODE


@pytest.mark.parametrize(
    "typed",
    [
        "h05.12.3 - 260818 / 0001",
        "H05.12.3_260818_0001",
        "H05.12.3~260818~0001",
        "H05.12.3:260818:0001",
        "H05.12.3.260818.0001",
        "H05-12-3-260818-0001",
        "H05 12 3 260818 0001",
        "H05,12,3-260818-0001",
        "H0512.3-260818-0001",
        "H05.12.3─260818─0001",
        "H05.12.3⁃260818﹣0001",
        "H05.12.3--260818--0001",
        "H 05.12.3-26 08 18-00 01",
        "h 0 5 . 1 2 . 3 - 260818 - 0001",
        "H05.12.3-26/08/18-0001",
        "H05.12.3-2608180001",
        "H05.12.3-260818\n0001",
        "Ｈ０５．１２．３－２６０８１８－０００１",
        "hO5.l2.3–26O8l8—OOOl",
    ],
)
def test_a_dossier_code_is_found_with_any_marks_between_its_figures(typed: str) -> None:
    assert found(f"mã hồ sơ là {typed}") == [("dossier_code", CODE)]
    assert found(f"({typed}).") == [("dossier_code", CODE)]


@pytest.mark.parametrize("typed", ["ooo.oo.oo.h05-260818-0001", "000-00-00-H05-260818-0001", "000 00 00 H05 260818 0001"])
def test_the_zeros_of_the_older_style_belong_to_the_code(typed: str) -> None:
    assert found(typed) == [("dossier_code", "000.00.00.H05-260818-0001")]


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        ("12-05-26 - H05-260818-0001", "H05-260818-0001"),
        ("H05.12.3-260818-0001 2 hồ sơ", CODE),
        ("H05.12.3-260818-0001/7K2M", CODE),
        ("em ở 12.05.3, mã H05.12.3-260818-0001", CODE),
    ],
)
def test_figures_beside_a_code_are_not_of_it(typed: str, value: str) -> None:
    assert found(typed)[0] == ("dossier_code", value)


@pytest.mark.parametrize("typed", ["phòng A12 12/05/26 1500", "lớp B12, 15.10.26 0830", "H05 quầy 3 lúc 260818"])
def test_a_room_and_a_date_are_no_code(typed: str) -> None:
    assert "dossier_code" not in [kind for kind, _ in found(typed)]


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        ("482913", "482913"),
        ("482 913", "482913"),
        ("４８２９１３", "482913"),
        ("mã là 48-29-13 ạ", "482913"),
        ("phí 200000 đồng phải không", "200000"),
        ("48291", "48291"),
        ("em nhận được 4829134", "4829134"),
    ],
)
def test_a_one_time_code_is_private_only_when_it_was_asked_for(typed: str, value: str) -> None:
    assert found(typed, "one_time_code") == [("one_time_code", value)]
    assert "one_time_code" not in [kind for kind, _ in found(typed)]


@pytest.mark.parametrize(
    "typed", ["chưa nhận được mã", "gửi lại mã", "sao phí 20000 cao vậy", "12/05/2026", "năm 1990 thì sao", "hết hạn rồi", "1 2"]
)
def test_what_is_no_one_time_code_stays_as_it_is(typed: str) -> None:
    assert found(typed, "one_time_code") == []


@pytest.mark.parametrize("typed", ["1234", "4 số cuối là 1234", "đuôi 12 34 ạ", "１２３４"])
def test_last_digits_of_a_telephone_are_private_when_they_were_asked_for(typed: str) -> None:
    assert found(typed, "phone_digits") == [("phone_digits", "1234")]
    assert found(typed) == []


def test_a_whole_telephone_number_is_one_whatever_was_asked_for() -> None:
    assert found("0912345678", "phone_digits") == [("phone", "0912345678")]
    assert found("sinh năm 1990 có được không", "phone_digits") == []


def test_the_older_style_and_short_agencies_are_found() -> None:
    assert found("000.00.00.H05-260818-0001") == [("dossier_code", "000.00.00.H05-260818-0001")]
    assert found("G01-260818-12345") == [("dossier_code", "G01-260818-12345")]


@pytest.mark.parametrize("typed", ["H05.12.3-261340-0001", "H05.12.3-260230-0001", "H05-26081-0001", "AH05-260818-0001"])
def test_what_has_no_real_date_or_another_shape_is_no_code(typed: str) -> None:
    assert dossier_code(typed) is None
    assert "dossier_code" not in [kind for kind, _ in found(typed)]


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("cccd 024099001234", [("citizen_id", "024099001234")]),
        ("024 099 001 234", [("citizen_id", "024099001234")]),
        ("024.099.001.234 nhé", [("citizen_id", "024099001234")]),
        ("số024099001234", [("citizen_id", "024099001234")]),
        ("０２４０９９００１２３４", [("citizen_id", "024099001234")]),
        ("024099\u200b001234", [("citizen_id", "024099001234")]),
        ("cmnd 121234567", [("citizen_id", "121234567")]),
        ("cmt: 121 234 567", [("citizen_id", "121234567")]),
        ("sđt 0912345678", [("phone", "0912345678")]),
        ("0912.345.678", [("phone", "0912345678")]),
        ("+84 912 345 678", [("phone", "0912345678")]),
        ("(+84)912345678", [("phone", "0912345678")]),
        ("0222 3822 456", [("phone", "02223822456")]),
        ("mail Nam.Nguyen@Gmail.com nhé", [("email", "nam.nguyen@gmail.com")]),
        ("nam @ gmail.com", [("email", "nam@gmail.com")]),
        ("thẻ 4111 1111 1111 1111", [("bank_card", "4111111111111111")]),
        ("0912345678 024099001234", [("phone", "0912345678"), ("citizen_id", "024099001234")]),
    ],
)
def test_other_private_values_are_found(typed: str, expected: list[tuple[str, str]]) -> None:
    assert found(typed) == expected


@pytest.mark.parametrize(
    "harmless",
    [
        "phí 100.000.000 đồng",
        "123.456.789 đ",
        "giá 500000000 đồng",
        "ngày 05.08.2026 10 giờ",
        "sinh năm 1990",
        "thông tư 01/2024/TT-BTC",
        "lớp 10 11 12 năm 2024 2025",
        "thủ tục 1.001193",
        "hotline 19009095",
        "4111 1111 1111 1112",
        "24 tháng 12 năm 2026",
    ],
)
def test_money_dates_and_tax_codes_are_left(harmless: str) -> None:
    assert found(harmless) == []


@pytest.mark.parametrize("typed", ["AB12CD", "ab12cd", "mã là AB12CD ạ", "dạ AB12CD"])
def test_a_bare_lookup_code_is_found_only_when_it_was_asked_for(typed: str) -> None:
    assert found(typed, "lookup_code") == [("lookup_code", "AB12CD")]
    assert found(typed) == []


@pytest.mark.parametrize(
    "typed", ["không có", "em quên mã rồi", "phí 20000 đồng phải không", "lớp 12a1 chuyển trường được không"]
)
def test_a_sentence_is_no_lookup_code(typed: str) -> None:
    assert found(typed, "lookup_code") == []


def test_nothing_is_found_inside_a_placeholder() -> None:
    assert found("⟦dossier_code:024099001234⟧") == []


def test_replacing_stores_each_value_and_leaves_only_placeholders() -> None:
    stored: dict[str, str] = {}

    def keep(span: object) -> str:
        token = f"t{len(stored)}"
        stored[token] = span.value  # type: ignore[attr-defined]
        return token

    text, spans = replace_private(f"mã {CODE}, sđt 0912 345 678", keep)
    assert text == "mã ⟦dossier_code:t0⟧, sđt ⟦phone:t1⟧"
    assert stored == {"t0": CODE, "t1": "0912345678"}
    assert [span.kind for span in spans] == ["dossier_code", "phone"]
    assert placeholders_in(text) == [("dossier_code", "t0"), ("phone", "t1")]


def test_a_forged_placeholder_is_only_text() -> None:
    text, spans = replace_private("xem ⟦dossier_code:3f9a2c⟧", lambda _span: "t")
    assert placeholders_in(text) == []
    assert spans == []
    assert strip_forged_placeholders("⟦a⟧") == "[a]"


@pytest.mark.parametrize(
    ("kind", "token"), [("secret", "a"), ("phone", ""), ("phone", "a⟧b"), ("phone", "a" * 65), ("phone", "a b")]
)
def test_a_placeholder_that_could_not_be_read_back_is_refused(kind: str, token: str) -> None:
    with pytest.raises(ValueError, match="not a placeholder"):
        placeholder(kind, token)


def test_neutral_words_take_the_place_of_values() -> None:
    assert neutralise(f"hồ sơ {CODE} đến đâu") == "hồ sơ __dossier_code__ đến đâu"
    assert neutralise("hồ sơ ⟦dossier_code:a⟧ đến đâu") == "hồ sơ __dossier_code__ đến đâu"
    assert neutralise("hồ sơ của em") == "hồ sơ của em"


@pytest.mark.parametrize(
    ("kind", "value", "shown"),
    [
        ("citizen_id", "024099001234", "*********234"),
        ("citizen_id", "121234589", "*******89"),
        ("phone", "0912345567", "*******567"),
        ("email", "nam@gmail.com", "n***@…"),
        ("dossier_code", CODE, "***0001"),
        ("lookup_code", "AB12CD", "******"),
        ("whatever", "secret", "******"),
    ],
)
def test_people_see_only_the_end_of_a_value(kind: str, value: str, shown: str) -> None:
    assert masked(kind, value) == shown


@given(st.sampled_from(["citizen_id", "phone", "email", "bank_card", "dossier_code", "lookup_code", "x"]), st.text(max_size=30))
def test_a_mask_never_shows_more_than_four_characters(kind: str, value: str) -> None:
    shown = masked(kind, value).replace("*", "").replace("@…", "")
    assert len(shown) <= 4
    assert len(shown) <= max(1, len(value) // 2)


@given(st.text(st.characters(codec=None), max_size=300))
def test_any_text_is_searched_and_spans_hold(text: str) -> None:
    last = 0
    for span in find_private(text, "lookup_code"):
        assert last <= span.start < span.end <= len(text)
        last = span.end


@given(
    st.from_regex(r"0(01|24|27|30|79)[0-3][0-9]{8}", fullmatch=True),
    st.sampled_from(["", " ", ".", "\u00a0"]),
    st.sampled_from(["cccd ", "", "em gửi số ", "của mẹ: "]),
)
def test_no_citizen_id_survives_replacing(digits: str, separator: str, before: str) -> None:
    typed = before + separator.join([digits[:3], digits[3:6], digits[6:9], digits[9:]])
    text, _ = replace_private(typed, lambda _span: "t")
    assert not any(char.isdigit() for char in text)
    assert PLACEHOLDER.search(text)


@pytest.mark.parametrize(
    "hostile", ["0" * 100_000, "1 " * 50_000, "a@" * 50_000, "H05-" * 25_000, "⟦" * 100_000, "1." * 50_000, "a" * 100_000]
)
def test_a_hundred_thousand_hostile_characters_are_searched_quickly(hostile: str) -> None:
    find_private(hostile, "lookup_code")


@pytest.mark.parametrize("text", ["mã tra cứu 7K2M", "ma tra cuu: 7k2m", "hồ sơ của tôi, mã tra cứu là 7K2M nhé"])
def test_a_lookup_code_called_by_its_name_is_found_unasked(text: str) -> None:
    assert [(span.kind, span.value) for span in find_private(text)] == [("lookup_code", "7K2M")]


def test_words_after_the_name_of_the_lookup_code_are_not_taken_for_it() -> None:
    assert find_private("mã tra cứu nằm ở đâu trên giấy hẹn") == []


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("sđt em là không chín tám bảy sáu năm bốn ba hai một", [("phone", "0987654321")]),
        ("so em khong chin tam bay sau nam bon ba hai mot nhe", [("phone", "0987654321")]),
        ("không 9 tám 7 sáu 5 bốn 3 hai 1", [("phone", "0987654321")]),
        ("0 9 1 2 3 4 5 6 7 8", [("phone", "0912345678")]),
        ("cccd không hai bốn, không chín chín, không không một, hai ba bốn", [("citizen_id", "024099001234")]),
        (unicodedata.normalize("NFD", "gọi không chín tám bảy sáu năm bốn ba hai một"), [("phone", "0987654321")]),
    ],
)
def test_numbers_told_digit_by_digit_are_private_too(typed: str, expected: list[tuple[str, str]]) -> None:
    assert found(typed) == expected


@pytest.mark.parametrize(
    "harmless",
    [
        "nhà năm người, ba con, hai trai một gái",
        "không có không biết không được",
        "một hai ba bốn năm",
        "1 2 3 4 5 6 7 8 9 10 11 12",
        "lớp một, lớp hai, lớp ba, lớp bốn, lớp năm",
        "hai trăm nghìn, năm trăm nghìn",
    ],
)
def test_ordinary_words_that_are_digits_too_are_left(harmless: str) -> None:
    assert found(harmless) == []


PIECES = st.lists(
    st.sampled_from(
        [
            "024099001234",
            "0912 345 678",
            "không chín tám",
            "bảy sáu năm bốn ba hai một",
            "5",
            "100.000 đồng",
            "15/3/2026",
            "a@b.vn",
            "H05-260818-0001",
            "4111 1111 1111 1111",
            "ạ",
            ",",
            "⟦",
            "mã tra cứu 7K2M",
            "０９１２３４５６７８",
        ]
    ),
    max_size=12,
).map(" ".join)


@given(PIECES | st.text(st.characters(codec=None), max_size=120))
def test_masking_never_loses_a_digit(text: str) -> None:
    kept: list[PrivateSpan] = []

    def keep(span: PrivateSpan) -> str:
        kept.append(span)
        return "t"

    shown, spans = replace_private(text, keep)
    assert kept == spans
    plain = strip_forged_placeholders(text)
    rest, last = [], 0
    for span in spans:
        rest.append(plain[last : span.start])
        last = span.end
    assert PLACEHOLDER.split(shown)[::3] == [*rest, plain[last:]]


@pytest.mark.parametrize("typed", ["04719000123", "0471 9000 123", "999190001234", "số em là 0271900012345 ạ"])
def test_a_mistyped_number_is_private_where_one_was_asked_for(typed: str) -> None:
    digits = "".join(char for char in typed if char.isdigit())
    assert [(span.kind, span.value) for span in find_private(typed, "citizen_id")] == [("citizen_id", digits)]


@pytest.mark.parametrize("typed", ["12/3/1990", "12-3-1990", "12.03.1990", "15 Lý Thái Tổ", "50 triệu", "2026"])
def test_days_and_short_figures_stay_when_a_number_was_asked_for(typed: str) -> None:
    assert find_private(typed, "phone") == []


def test_a_right_number_keeps_its_own_kind_whatever_was_asked_for() -> None:
    assert [span.kind for span in find_private("0912345678", "citizen_id")] == ["phone"]


@pytest.mark.parametrize(
    ("text", "expects", "expected"),
    [
        ("K1234567", "lookup_code", [("lookup_code", "K1234567")]),
        ("mã tra cứu C1234567", None, [("lookup_code", "C1234567")]),
        (f"{CODE} K1234567", None, [("dossier_code", CODE), ("lookup_code", "K1234567")]),
        ("⟦dossier_code:abc⟧ K1234567", None, []),
        ("hộ chiếu K1234567", "lookup_code", [("passport", "K1234567")]),
    ],
)
def test_a_code_that_opens_a_dossier_is_no_passport(text: str, expects: str | None, expected: list[tuple[str, str]]) -> None:
    assert found(text, expects) == expected


@pytest.mark.parametrize(
    ("kind", "value", "shown"),
    [
        ("passport", "C1234567", "*****567"),
        ("social_insurance", "2720123456", "*******456"),
        ("health_insurance", "DN4012720123456", "************456"),
        ("tax_code", "2300123456", "*******456"),
        ("driving_licence", "990123456789", "*********789"),
    ],
)
def test_numbers_of_papers_show_their_last_three_figures(kind: str, value: str, shown: str) -> None:
    assert masked(kind, value) == shown


def test_each_of_several_numbers_of_papers_is_found() -> None:
    text = "hộ chiếu C1234567, bhxh 2720123456, mst 2300123456, thẻ bhyt DN4012720123456, sđt 0912345678"
    assert [kind for kind, _ in found(text)] == ["passport", "social_insurance", "tax_code", "health_insurance", "phone"]
