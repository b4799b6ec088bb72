"""A number sent in pieces is put together again, and messages that only stand side by side are not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.language.split_numbers import begun_number, may_go_on, split_number

SPLIT = [
    (["024099"], "001234", "citizen_id", "024099001234"),
    (["024"], "099001234", "citizen_id", "024099001234"),
    (["cccd của em là 024099"], "001234", "citizen_id", "024099001234"),
    (["căn cước 024 099"], "001 234", "citizen_id", "024099001234"),
    (["024099 nhé"], "còn lại 001234", "citizen_id", "024099001234"),
    (["024099..."], "...001234", "citizen_id", "024099001234"),
    (["024099 6 số đầu"], "6 số cuối là 001234 ạ", "citizen_id", "024099001234"),
    (["sáu số đầu là 024099"], "sáu số cuối là 001234", "citizen_id", "024099001234"),
    (["024", "099"], "001234", "citizen_id", "024099001234"),
    (["024", "099", "001"], "234", "citizen_id", "024099001234"),
    (["024 ạ", "tiếp 099"], "tiếp theo 001234", "citizen_id", "024099001234"),
    (["không hai bốn không chín chín"], "không không một hai ba bốn", "citizen_id", "024099001234"),
    (["khong hai bon khong chin chin"], "khong khong mot hai ba bon", "citizen_id", "024099001234"),
    (["024 không chín chín"], "001 hai ba bốn", "citizen_id", "024099001234"),
    (["O24O99"], "OO1234", "citizen_id", "024099001234"),
    (["０２４０９９"], "００１２３４", "citizen_id", "024099001234"),
    (["cmnd 1256"], "78901", "citizen_id", "125678901"),
    (["0912"], "345678", "phone", "0912345678"),
    (["sđt em 0912 345"], "678", "phone", "0912345678"),
    (["+84912"], "345678", "phone", "0912345678"),
    (["0912", "345"], "678 nhé", "phone", "0912345678"),
    (["không chín một hai ba"], "bốn năm sáu bảy tám", "phone", "0912345678"),
    (["4111 1111"], "1111 1111", "bank_card", "4111111111111111"),
    (["4111", "1111", "1111"], "1111", "bank_card", "4111111111111111"),
    (["H05.12.3-260818"], "0001", "dossier_code", "H05.12.3-260818-0001"),
    (["hồ sơ H05.12.3"], "-260818-0001", "dossier_code", "H05.12.3-260818-0001"),
    (["H05.12.3-260818-"], "0001 ạ", "dossier_code", "H05.12.3-260818-0001"),
    (["H05.12.3", "260818"], "0001", "dossier_code", "H05.12.3-260818-0001"),
    (["nguyenvana"], "@gmail.com", "email", "nguyenvana@gmail.com"),
    (["đăng ký khai sinh cần gì", "cccd 024099"], "001234", "citizen_id", "024099001234"),
    (["số bhxh của em là 27201"], "23456", "social_insurance", "2720123456"),
    (["mst 0100109"], "106", "tax_code", "0100109106"),
    (["hộ chiếu C123"], "4567", "passport", "C1234567"),
    (["số bhxh của em đây ạ"], "2720123456", "social_insurance", "2720123456"),
    (["mã số thuế công ty là"], "2300123456 nhé", "tax_code", "2300123456"),
    (["số hộ chiếu của tôi là"], "1234567", "passport", "1234567"),
]

NOT_SPLIT = [
    (["lệ phí 500000"], "000 đồng phải không"),
    (["lệ phí 20.000 đồng"], "5 ngày"),
    (["sinh năm 1990"], "2 con"),
    (["nghị định 224/2025/NĐ-CP"], "118/2025/NĐ-CP"),
    (["thủ tục 1.004194"], "1.000894"),
    (["thủ tục 1.004194"], "3"),
    (["năm 2024"], "2025 2026"),
    (["2"], "1"),
    (["1"], "024 là mã tỉnh nào"),
    (["024"], "lệ phí bao nhiêu"),
    (["024099"], "không nhớ nữa"),
    (["024099"], "không"),
    (["024099", "em hỏi khai sinh"], "001234"),
    (["gọi 19009095 được không"], "1022"),
    (["7 giờ 30"], "11 giờ 30"),
    (["ngày 05/08/2026"], "15 ngày sau"),
    (["số nhà 12"], "345 Ngô Gia Tự"),
    (["có 5 người"], "năm người lớn ba trẻ em"),
    (["không"], "có"),
    (["không ba"], "bốn năm nay rồi"),
    (["biển 99A-12345"], "678"),
    (["hộ chiếu làm ở đâu"], "1900 1234"),
    (["hộ chiếu", "em hỏi phí"], "1234567"),
    (["đóng bhxh"], "2026"),
    ([""], "001234"),
    ([], "001234"),
    (["024099"], ""),
    (["⟦phone:abc⟧"], "001234"),
]


@pytest.mark.parametrize(("earlier", "text", "kind", "value"), SPLIT)
def test_a_number_in_pieces_is_found(earlier: list[str], text: str, kind: str, value: str) -> None:
    found = split_number(earlier, text)
    assert found is not None
    assert (found.kind, found.value) == (kind, value)
    messages = [*earlier, text]
    told = "".join(messages[piece.message][piece.start : piece.end] for piece in found.pieces)
    assert told.strip(), "every piece has its place"
    assert found.pieces[-1].message == len(earlier)
    for piece in found.pieces:
        assert 0 <= piece.start < piece.end <= len(messages[piece.message])


@pytest.mark.parametrize(("earlier", "text"), NOT_SPLIT)
def test_messages_that_only_follow_each_other_are_left_alone(earlier: list[str], text: str) -> None:
    assert split_number(earlier, text) is None


def test_only_the_pieces_are_named_not_the_words_around_them() -> None:
    found = split_number(["cccd của em là 024099 nhé"], "còn lại 001234 ạ, cảm ơn")
    assert found is not None
    (first, last) = found.pieces
    assert "cccd của em là 024099 nhé"[first.start : first.end] == "024099"
    assert "còn lại 001234 ạ, cảm ơn"[last.start : last.end] == "001234"


def test_a_complete_number_in_the_new_message_needs_no_earlier_one() -> None:
    assert split_number(["024099"], "0912345678") is None


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("024099", "citizen_id", "024099"),
        ("0240 99", "citizen_id", "024099"),
        ("cccd của em là 024099", "citizen_id", "024099"),
        ("024099 nhé", "citizen_id", "024099"),
        ("0912", "phone", "0912"),
        ("sđt 0912 345", "phone", "0912345"),
    ],
)
def test_the_beginning_of_a_number_is_kept_private_from_the_start(text: str, kind: str, value: str) -> None:
    found = begun_number(text)
    assert found is not None
    assert (found.kind, found.value) == (kind, value)
    assert text[found.start : found.end].replace(" ", "") == value


@pytest.mark.parametrize(
    "text",
    [
        "",
        "0",
        "024",
        "2024",
        "20000",
        "lệ phí 20000",
        "1.004194",
        "năm 2026",
        "12",
        "khai sinh 0912",
        "lớp 10",
        "1022",
        "19009095",
    ],
)
def test_what_begins_no_number_stays_readable(text: str) -> None:
    assert begun_number(text) is None


@given(st.lists(st.text(max_size=60), max_size=4), st.text(max_size=60))
def test_whatever_is_typed_nothing_breaks(earlier: list[str], text: str) -> None:
    may_go_on(text)
    begun_number(text)
    found = split_number(earlier, text)
    if found is not None:
        messages = [*earlier, text]
        assert all(0 <= p.start <= p.end <= len(messages[p.message]) for p in found.pieces)


@given(st.from_regex(r"02[47][0-3][0-9]{8}", fullmatch=True), st.integers(3, 9))
def test_an_id_cut_anywhere_is_found(number: str, at: int) -> None:
    found = split_number([number[:at]], number[at:])
    assert found is None or found.value == number
    if len(number[at:]) < 9:
        assert found is not None
