"""Zero is not free, thousands are not đồng, and what is doubtful stays in the source's words."""

import pytest

from bot.catalogue.importing.fees import judge_fee, judge_fees
from bot.catalogue.importing.raw import RawFee, RawMethod


def of(
    amount: float | None, text: str | None, note: str | None = None, currency: str | None = None
) -> tuple[str, str, str | None]:
    fee, doubt = judge_fee(RawFee(amount=amount, amount_text=text, note=note, currency=currency))
    assert fee is not None
    return fee.kind, fee.text or "", doubt.hazard if doubt else None


@pytest.mark.parametrize("note", [None, "Không có", "không"])
def test_free_in_words_without_a_condition_is_free(note: str | None) -> None:
    assert of(0, "Miễn phí", note) == ("free", "Miễn phí", None)


@pytest.mark.parametrize("text", ["0", "Phí : 0 Đồng", "0 VNĐ"])
def test_a_zero_without_words_is_never_free(text: str) -> None:
    kind, spoken, hazard = of(0, text)
    assert (kind, hazard) == ("stated", "fee_zero_with_condition")
    assert "miễn" not in spoken.casefold()


def test_a_zero_of_the_portal_without_any_text_is_not_free() -> None:
    assert of(0, None)[0] == "stated"


def test_free_whose_note_leaves_it_to_the_council_is_the_councils() -> None:
    kind, spoken, hazard = of(0, "Miễn phí", "Mức cụ thể do Hội đồng nhân dân tỉnh quyết định. Miễn lệ phí cho hộ nghèo.")
    assert (kind, hazard) == ("local_council", "fee_local_council")
    assert "Bắc Ninh" in spoken
    assert "hộ nghèo" in spoken


def test_free_whose_note_cites_a_law_is_by_regulation() -> None:
    kind, spoken, hazard = of(0, "Miễn phí", "Theo quy định tại Thông tư số 10/2024/TT-BTC")
    assert (kind, hazard) == ("by_regulation", "fee_zero_with_law")
    assert "10/2024/TT-BTC" in spoken


def test_free_whose_note_holds_the_amount_speaks_the_note() -> None:
    kind, spoken, hazard = of(0, "Miễn phí", "150.000 đồng/giấy")
    assert (kind, spoken, hazard) == ("stated", "150.000 đồng/giấy", "fee_zero_with_amount")


def test_free_for_some_is_conditional() -> None:
    kind, spoken, hazard = of(0, "Miễn phí", "đối với người dưới 14 tuổi")
    assert (kind, hazard) == ("free_conditional", "fee_zero_with_condition")
    assert "dưới 14 tuổi" in spoken


def test_free_with_nothing_regulated_is_not_taken_for_free() -> None:
    assert of(0, "Miễn phí", "Không quy định")[0] == "free_conditional"


@pytest.mark.parametrize("text", ["20,000 VNĐ", "20.000 đồng", "20000", "Phí : 20.000 Đồng", "20,000.00 VNĐ"])
def test_an_amount_is_read_in_every_spelling(text: str) -> None:
    assert of(20000, text) == ("amount", "20.000 đồng", None)


def test_an_amount_per_piece_says_so() -> None:
    assert of(2000, "2,000 Việt Nam Đồng", "/trang")[1] == "2.000 đồng/trang"


def test_a_small_amount_takes_the_full_number_of_the_note() -> None:
    fee, doubt = judge_fee(RawFee(amount=100, amount_text="100 VNĐ", currency="VND", note="100.000 đồng/lần"))
    assert fee is not None
    assert doubt is not None
    assert (fee.kind, fee.amount_vnd, doubt.hazard) == ("amount", 100_000, "fee_in_thousands")
    assert "100 VNĐ" in (fee.raw or "")
    assert "100 VNĐ" in (fee.note or "")


def test_a_small_amount_alone_is_never_spoken_as_an_amount() -> None:
    fee, _ = judge_fee(RawFee(amount=25, amount_text="25 VNĐ", currency="VND"))
    assert fee is not None
    assert (fee.kind, fee.amount_vnd) == ("stated", None)
    assert "không hợp lý" in (fee.note or "")


def test_foreign_money_stays_in_the_sources_words() -> None:
    assert of(10, "10 USD", "/bản", "USD")[0::2] == ("stated", "fee_foreign_currency")


def test_a_fee_in_words_with_one_amount_is_that_amount() -> None:
    assert of(None, "Lệ phí: 50.000 đồng/giấy")[0] == "amount"


def test_a_fee_that_ends_carries_its_last_day() -> None:
    fee, _ = judge_fee(RawFee(amount=25000, amount_text="25.000 VNĐ", note="từ ngày 01/7/2025 đến hết ngày 31/12/2026"))
    assert fee is not None
    assert fee.valid_to == "2026-12-31"


def test_an_empty_cell_is_unknown_and_a_confirmed_absence_is_absent() -> None:
    rows = [RawMethod("direct", quantity=1, unit="Ngày")]
    assert judge_fees(rows).state == "unknown"
    assert judge_fees(rows, absent=True).state == "absent"


def test_equal_fees_of_all_ways_are_one() -> None:
    fee = RawFee(amount=20000, amount_text="20.000 VNĐ")
    judged = judge_fees([RawMethod("direct", fees=(fee,)), RawMethod("online", fees=(fee,))])
    assert [(line.channel, line.text) for line in judged.fees] == [("any", "20.000 đồng")]


def test_different_fees_keep_their_way() -> None:
    ways = [
        RawMethod("direct", fees=(RawFee(amount=20000, amount_text="20.000 VNĐ"),)),
        RawMethod("online", fees=(RawFee(amount=10000, amount_text="10.000 VNĐ"),)),
    ]
    assert {(line.channel, line.amount_vnd) for line in judge_fees(ways).fees} == {("direct", 20000), ("online", 10000)}


def test_several_fees_of_one_way_are_all_told_and_noted() -> None:
    fees = (
        RawFee(amount=300000, amount_text="300.000", note="bản ghi hình"),
        RawFee(amount=200000, amount_text="200.000", note="bản ghi âm"),
    )
    judged = judge_fees([RawMethod("direct", fees=fees)])
    assert len(judged.fees) == 2
    assert "fees_several" in {doubt.hazard for doubt in judged.doubts}


def test_several_rows_of_one_way_are_told_apart_by_their_description() -> None:
    ways = [
        RawMethod("direct", description="Tại xã", fees=(RawFee(amount=2000, amount_text="2.000 VNĐ"),)),
        RawMethod("direct", description="Tại sở", fees=(RawFee(amount=9000, amount_text="9.000 VNĐ"),)),
    ]
    assert [line.text for line in judge_fees(ways).fees] == ["2.000 đồng – Tại xã", "9.000 đồng – Tại sở"]
