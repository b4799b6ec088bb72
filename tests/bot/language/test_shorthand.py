"""Teencode and abbreviations are written out; what has several meanings is decided by its neighbours or left alone."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.language.normalise import nfc
from bot.language.shorthand import expand
from bot.language.tables import load_table


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        ("lm giấy ks cho bé cần j", "làm giấy khai sinh cho bé cần gì"),
        ("đk kh cần j z ad", "đăng ký kết hôn cần gì vậy ad"),
        ("xin gpxd mất bn tiền", "xin giấy phép xây dựng mất bao nhiêu tiền"),
        ("rút bhxh 1 lần đc k", "rút bảo hiểm xã hội 1 lần được không"),
        ("xin xntthn", "xin xác nhận tình trạng hôn nhân"),
        ("ko biết ntn", "không biết như thế nào"),
        ("Ko biết", "Không biết"),
        ("p. Bắc Giang", "phường Bắc Giang"),
    ],
)
def test_common_shorthand_is_written_out(typed: str, written: str) -> None:
    assert expand(typed) == written


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        ("dk khai sinh", "đăng ký khai sinh"),
        ("nop online dk khong", "nop online được không"),
        ("can dk gi", "can điều kiện gi"),
        ("lam vay co dk", "lam vay co được"),
        ("le phi bn", "le phi bao nhiêu"),
        ("em o bn", "em o Bắc Ninh"),
        ("bn oi", "bạn oi"),
        ("đk tt ở đâu", "đăng ký tạm trú ở đâu"),
        ("tt chờ", "thị trấn chờ"),
        ("tt 01", "thông tư 01"),
        ("tt hs của em", "tình trạng hs của em"),
        ("giấy kt", "giấy kt"),
        ("người kt", "người khuyết tật"),
        ("đăng ký kt", "đăng ký khai tử"),
        ("kt hs giúp", "kiểm tra hs giúp"),
        ("giấy ks", "giấy khai sinh"),
        ("ở ks", "ở khách sạn"),
        ("kh biết", "không biết"),
        ("giấy kh", "giấy kết hôn"),
        ("mất cc", "mất căn cước"),
        ("cc giấy tờ", "công chứng giấy tờ"),
        ("nhà cc", "nhà chung cư"),
        ("ct chữ ký", "chứng thực chữ ký"),
        ("ct 01", "CT 01"),
        ("thành lập ct", "thành lập công ty"),
        ("ct ubnd", "chủ tịch uỷ ban nhân dân"),
        ("sổ hk", "sổ hộ khẩu"),
        ("hk biết", "không biết"),
        ("tình trạng hn", "tình trạng hôn nhân"),
        ("hn có làm việc không", "hôm nay có làm việc không"),
        ("thuộc diện hn", "thuộc diện hộ nghèo"),
        ("em ở hn", "em ở Hà Nội"),
        ("hd em với", "hướng dẫn em với"),
        ("hd thuê nhà", "hợp đồng thuê nhà"),
        ("tc thất nghiệp", "trợ cấp thất nghiệp"),
        ("đơn tc", "đơn tc"),
        ("miễn hp", "miễn học phí"),
        ("ở hp", "ở Hải Phòng"),
        ("nhận cn", "nhận con nuôi"),
        ("t7 cn", "thứ bảy chủ nhật"),
        ("cn", "cn"),
        ("bg em muốn hỏi", "bây giờ em muốn hỏi"),
        ("ở bg", "ở Bắc Giang"),
    ],
)
def test_collisions_are_decided_by_their_neighbours_or_left(typed: str, written: str) -> None:
    # "hs" beside the tested word has rules of its own.
    assert expand(typed).replace("hồ sơ", "hs") == written


@pytest.mark.parametrize(
    "kept",
    ["⟦dossier_code:k⟧", '"k j"', "“ko dc”", "H05.12.3-260818-0001", "ko@dc.vn", "https://k.vn/dc", "20.000"],
)
def test_protected_stretches_stay_as_typed(kept: str) -> None:
    assert kept in expand(f"xem {kept} ntn")


def test_only_whole_words_are_replaced() -> None:
    assert expand("kem kho jeep dcx") == "kem kho jeep dcx"


def test_a_form_across_a_comma_is_two_words() -> None:
    assert expand("sổ, hk biết") == "sổ, không biết"


def test_plain_sentences_stay_untouched() -> None:
    plain = "Tôi muốn đăng ký khai sinh cho con ở phường Võ Cường, cần giấy tờ gì?"
    assert expand(plain) == plain


def test_no_safe_form_has_two_meanings() -> None:
    seen: dict[str, str] = {}
    for meaning, forms in load_table("shorthand")["safe"].items():
        for form in forms:
            assert seen.setdefault(str(form), meaning) == meaning, form


def test_no_form_is_both_safe_and_decided_by_context() -> None:
    table = load_table("shorthand")
    safe = {str(form) for forms in table["safe"].values() for form in forms}
    context = {str(form) for group in table["context"] for form in group["forms"]}
    assert not safe & context


@given(st.text(st.characters(codec=None), max_size=300))
def test_any_text_is_expanded_without_failing(text: str) -> None:
    expand(text)


@example("h.đ")
@given(st.text("kjdcđ hokntz.,?!⟦⟧\"'-0123456789\n", max_size=200))
def test_signs_and_digits_survive(text: str) -> None:
    def signs(value: str) -> str:
        return "".join(c for c in value if not c.isalpha() and not c.isspace())

    assert signs(expand(text)) == signs(nfc(text))


def test_a_hundred_thousand_characters_are_expanded() -> None:
    assert expand("dk ks ko " * 11000).count("đăng ký khai sinh không") == 11000
