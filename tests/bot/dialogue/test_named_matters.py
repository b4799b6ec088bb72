"""A message that names another matter is never answered about the present one; papers of the present one stay in it."""

from itertools import product

import pytest

from bot.dialogue.papers import asks_about_paper
from bot.language.normalise import fold

PRESENT = {
    "1.004222": "đăng ký thường trú mất mấy ngày",
    "1.004194": "đăng ký tạm trú mất mấy ngày",
    "1.000894": "đăng ký kết hôn mất mấy ngày",
    "1.001456": "làm hộ chiếu phổ thông mất mấy ngày",
    "1.001612": "đăng ký thành lập hộ kinh doanh mất mấy ngày",
    "2.000986": "liên thông khai sinh thường trú thẻ bhyt mất mấy ngày",
}
NAMED = {
    "1.001193": ("khai sinh trễ hạn", "đăng ký khai sinh"),
    "1.000656": ("khai tử", "đăng ký khai tử quá hạn"),
    "1.000894": ("đăng ký kết hôn",),
    "1.004873": ("xin giấy xác nhận tình trạng hôn nhân",),
    "1.014064": ("làm lại căn cước bị mất",),
    "1.013076": ("sang tên xe",),
    "1.010038": ("tách hộ",),
    "3.000333": ("phiếu lý lịch tư pháp",),
}
ASKED = {
    "fee": ("ask_fee", "lệ phí {} bao nhiêu"),
    "processing_time": ("ask_processing_time", "{} bao lâu thì xong"),
    "place": ("ask_place", "{} nộp ở đâu"),
    "documents": ("ask_documents", "{} cần giấy tờ gì"),
}
WORDINGS = [(code, words) for code, wordings in NAMED.items() for words in wordings]


@pytest.mark.parametrize("present", PRESENT)
def test_another_matter_is_answered_or_asked_about_and_never_the_present_one(present, new_talk) -> None:
    wrong = []
    for (code, words), (facet, (intent, shape)), marks in product(WORDINGS, ASKED.items(), (True, False)):
        if code == present:
            continue
        talk = new_talk()
        talk.hears(PRESENT[present], "ask_processing_time")
        text = shape.format(words) if marks else fold(shape.format(words))
        said = talk.hears(text, intent)
        answered = {message.procedure_code for message in said if message.procedure_code}
        offered = talk.state.pending.options if talk.state.pending else {}
        right = answered == {code} and facet in {message.facet for message in said}
        if not right and not (code in offered and present not in answered):
            wrong.append((text, answered, list(offered)))
    assert not wrong


PAPERS = {
    "1.004222": (
        "có cần giấy khai sinh không",
        "thế có phải mang giấy đăng ký kết hôn đi không",
        "không có sổ hộ khẩu thì có làm được không",
        "cần hợp đồng thuê nhà công chứng không",
    ),
    "1.000894": (
        "có cần giấy xác nhận tình trạng hôn nhân không?",
        "giấy độc thân có cần không",
        "dùng hộ chiếu thay căn cước được không",
    ),
    "1.001456": (
        "có phải nộp giấy khai sinh của cháu không",
        "mang căn cước đi được không",
        "có cần mang sổ tạm trú theo không ạ",
    ),
    "1.001193": ("có cần giấy đăng ký kết hôn không", "thiếu giấy chứng sinh có được không"),
}


@pytest.mark.parametrize(("present", "text"), [(code, text) for code, texts in PAPERS.items() for text in texts])
@pytest.mark.parametrize("typed", [str, fold])
def test_a_question_on_a_paper_stays_in_the_present_procedure(present, text, typed, talk) -> None:
    name = {**PRESENT, "1.001193": "đăng ký khai sinh mất mấy ngày"}[present]
    talk.hears(name, "ask_processing_time")

    said = talk.hears(typed(text), "ask_documents")

    assert {message.procedure_code for message in said if message.procedure_code} <= {present}
    assert talk.state.procedure_code == present


@pytest.mark.parametrize(
    "text",
    [
        "có cần làm lại giấy khai sinh không",
        "xin giấy độc thân ở đâu",
        "giấy khai sinh mất làm lại thế nào",
        "cần làm hộ chiếu không phải căn cước",
    ],
)
def test_an_errand_is_no_question_on_a_paper(text) -> None:
    assert not asks_about_paper(text)
    assert not asks_about_paper(fold(text))


def test_a_likely_detail_of_the_present_procedure_does_not_turn_the_talk(talk) -> None:
    talk.hears("đăng ký khai tử cần gì", "ask_documents")

    talk.hears("trễ mất 3 tháng rồi", "inform")

    assert talk.state.procedure_code == "1.000656"
