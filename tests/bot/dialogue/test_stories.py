"""Long stories: what is asked is answered, what is only told is not."""

import pytest

from bot.dialogue.corrections import without_denied
from bot.dialogue.facet_words import closing_facets


def test_a_story_around_a_question_is_no_question_of_its_own(talk) -> None:
    told, asked, after = (
        "Bố em mất hôm mùng 3 vừa rồi ở nhà, cả nhà lo ma chay xong giờ mới nghĩ đến giấy tờ",
        "Em muốn hỏi làm khai tử cho bố thì cần mang giấy tờ gì",
        "Em đi làm công ty ở Quế Võ nên chỉ nghỉ được thứ bảy thôi",
    )
    talk.hears(f"{told}. {asked}. {after}", "ask_documents", (told, "inform"), (asked, "ask_documents"), (after, "inform"))

    assert [(m.procedure_code, m.facet) for m in talk.last.messages] == [("1.000656", "documents")]


def test_a_question_without_a_name_is_about_what_the_story_surely_names(talk) -> None:
    told, asked = "vợ chồng em muốn làm hộ chiếu đi du lịch", "hết bao nhiêu tiền hả anh"
    messages = talk.hears(f"{asked}? {told}", "ask_fee", (asked, "ask_fee"), (told, "inform"))

    assert (messages[0].procedure_code, messages[0].facet) == ("1.001456", "fee")


def test_two_errands_are_both_answered(talk) -> None:
    first, second = "em muốn làm hộ chiếu", "đăng ký kết hôn cần giấy tờ gì"
    messages = talk.hears(f"{first}. {second}", "ask_documents", (first, "find_procedure"), (second, "ask_documents"))

    assert {m.procedure_code for m in messages} == {"1.001456", "1.000894"}


def test_the_question_at_the_end_is_asked_where_the_engine_was_lost(talk) -> None:
    text = (
        "Nhà tôi ở thôn, có mảnh đất ông bà để lại, năm nay gom góp được ít tiền định phá nhà cũ đi xây cái nhà hai tầng, nghe "
        "nói phải xin giấy phép xây dựng, thời gian chờ có lâu không?"
    )
    messages = talk.hears_unsurely(text, ("nlu_fallback", 0.36))

    assert (messages[0].procedure_code, messages[0].facet) == ("1.013225", "processing_time")


def test_plain_words_count_more_than_an_unsure_guess(talk) -> None:
    messages = talk.hears_unsurely("tôi định mở hộ kinh doanh bán phở, nộp hồ sơ ở đâu", ("start_submission", 0.47))

    assert messages[0].facet == "place"


@pytest.mark.parametrize(
    ("text", "facets"),
    [
        ("nhà em xa lắm mà con còn nhỏ nên ngại đi lại nhiều lần, cho em hỏi nộp ở đâu, em cảm ơn ạ", ("place",)),
        ("nghe bảo giờ làm nhanh lắm không phải chờ như hồi trước nữa, vậy phí bao nhiêu hả cán bộ", ("fee",)),
        ("em chỉ kể vậy thôi chứ cũng chưa biết bắt đầu từ việc nào trước cả, mong mọi người thông cảm", ()),
    ],
)
def test_the_last_part_that_asks_decides(text, facets) -> None:
    assert closing_facets(text) == facets


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        (
            "hai vợ chồng người Việt, không phải lấy người nước ngoài đâu, kết hôn cần gì",
            "hai vợ chồng người Việt, kết hôn cần gì",
        ),
        ("ko phai xay moi dau, sua nha", "sua nha"),
        ("không phải lấy người nước ngoài", "không phải lấy người nước ngoài"),
        ("tôi hỏi phí, không phải nộp ngay chứ", "tôi hỏi phí, không phải nộp ngay chứ"),
        ("", ""),
    ],
)
def test_a_part_that_denies_names_nothing(text, meant) -> None:
    assert without_denied(text) == meant


def test_a_name_by_itself_beats_a_shared_word_in_the_list(talk) -> None:
    talk.hears("thủ tục đất đai", "find_procedure")

    assert talk.hears("tách thửa", "find_procedure")[0].procedure_code == "1.012784"


def test_what_is_perhaps_no_procedure_is_never_answered_without_its_name(talk) -> None:
    messages = talk.hears_unsurely("shopee giao hàng chậm", ("find_procedure", 0.36), ("out_of_scope", 0.32))

    assert [m.kind for m in messages] == ["question"]
    assert "Tôi chưa rõ" in messages[0].text


def test_a_long_text_is_about_what_its_last_part_names(talk) -> None:
    text = (
        "Nhà tôi ở thôn, có mảnh đất 200 mét vuông ông bà để lại, sổ đỏ đứng tên tôi rồi, hai vợ chồng gom góp mãi mới được ít "
        "tiền, muốn xin giấy phép xây dựng nhà ở mới thì mất bao nhiêu ngày hả cán bộ"
    )
    messages = talk.hears(text, "ask_processing_time")

    assert (messages[0].procedure_code, messages[0].facet) == ("1.013225", "processing_time")
