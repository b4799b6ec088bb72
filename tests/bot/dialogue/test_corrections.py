"""Citizens set right what was understood: only what they mean is answered."""

import pytest

from bot.dialogue.corrections import correction_in


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("không, ý tôi là nộp ở đâu", "nộp ở đâu"),
        ("không phải hỏi phí mà hỏi thời gian", "thời gian"),
        ("khong phai hoi phi ma hoi thoi gian", "thoi gian"),
        ("ý em là cần giấy tờ gì cơ", "cần giấy tờ gì"),
        ("không phải căn cước, hộ chiếu cơ", "hộ chiếu"),
        ("nhầm, hộ chiếu", "hộ chiếu"),
        ("à nhầm hộ chiếu", "hộ chiếu"),
        ("à không, của con tôi", "của con tôi"),
        ("à nhầm, kết hôn chứ không phải khai sinh", "kết hôn"),
        ("tôi hỏi phí chứ không hỏi giấy tờ", "phí"),
        ("không phải, tôi hỏi mẫu đơn", "mẫu đơn"),
        ("không hỏi cái đó, hỏi nộp ở đâu cơ", "nộp ở đâu"),
        ("sai rồi, tôi hỏi khai tử", "khai tử"),
        ("đâu, tôi hỏi khai tử cơ mà", "khai tử"),
        ("đâu phải khai tử, kết hôn mà", "kết hôn"),
        ("bạn trả lời sai rồi, tôi hỏi khai tử", "khai tử"),
        ("hong phải, hỏi chỗ nộp á", "chỗ nộp"),
        ("không phải sang tên xe, sang tên đất", "sang tên đất"),
    ],
)
def test_what_is_denied_is_taken_away(text, meant) -> None:
    correction = correction_in(text)
    assert correction.corrects
    assert correction.text == meant


@pytest.mark.parametrize(
    "text",
    [
        "không phải nộp phí đúng không",
        "làm khai sinh mà không có giấy chứng sinh thì sao",
        "không có giấy chứng sinh, làm khai sinh được không",
        "nhầm tên trong giấy khai sinh thì sửa thế nào",
        "con tôi không phải sinh ở viện, làm khai sinh thế nào",
        "không biết",
        "không có giấy hẹn",
        "đăng ký nhận cha, mẹ, con",
        "",
        "   ",
    ],
)
def test_a_no_that_belongs_to_the_question_stays(text) -> None:
    assert not correction_in(text).corrects


@pytest.mark.parametrize(
    ("text", "intent", "facet"),
    [
        ("không, ý tôi là nộp ở đâu", "ask_place", "place"),
        ("không phải hỏi phí mà hỏi thời gian", "deny", "processing_time"),
        ("khong phai hoi phi, hoi thoi han", "deny", "processing_time"),
        ("tôi hỏi mẫu đơn chứ không hỏi lệ phí", "ask_fee", "form"),
        ("ý là online được không ấy", "nlu_fallback", "online_level"),
        ("không, hỏi online cơ", "deny", "online_level"),
        ("hong phải, hỏi chỗ nộp á", "deny", "place"),
    ],
)
def test_the_facet_that_is_meant_is_answered_alone(talk, text, intent, facet) -> None:
    talk.hears("đăng ký khai sinh hết bao nhiêu tiền", "ask_fee")
    messages = talk.hears(text, intent)
    assert [message.facet for message in messages] == [facet]
    assert messages[0].procedure_code == "1.001193"


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("không phải khai sinh, đăng ký kết hôn cơ", "deny"),
        ("nhầm, đăng ký kết hôn", "find_procedure"),
        ("à nhầm đăng ký kết hôn", "deny"),
        ("đăng ký kết hôn chứ không phải khai sinh", "find_procedure"),
        ("sai rồi, tôi hỏi đăng ký kết hôn", "deny"),
        ("thế còn đăng ký kết hôn thì sao", "ask_steps"),
    ],
)
def test_another_procedure_is_answered_with_what_was_asked(talk, text, intent) -> None:
    talk.hears("đăng ký khai sinh nộp ở đâu", "ask_place")
    messages = talk.hears(text, intent)
    assert [(message.procedure_code, message.facet) for message in messages] == [("1.000894", "place")]


def test_one_may_change_and_come_back(talk) -> None:
    talk.hears("đăng ký tạm trú cần gì", "ask_documents")
    talk.hears("nhầm, đăng ký kết hôn", "deny")
    assert talk.hears("thôi quay lại tạm trú đi", "start_over")[0].procedure_code == "1.004194"
    assert talk.hears("quay lại cái lúc nãy", "start_over")[0].procedure_code == "1.000894"


@pytest.mark.parametrize("text", ["không phải cái này", "sai rồi", "không phải", "bạn hiểu nhầm rồi"])
def test_a_bare_no_asks_what_is_meant(talk, text) -> None:
    talk.hears("đăng ký kết hôn cần gì", "ask_documents")
    messages = talk.hears(text, "deny")
    assert messages[0].kind == "question"
    assert "Lệ phí" in talk.buttons()
    messages = talk.hears("đăng ký khai tử", "find_procedure")
    assert (messages[0].procedure_code, messages[0].facet) == ("1.000656", "documents")


@pytest.mark.parametrize(
    ("text", "intent", "facet"),
    [
        ("còn tiền thì sao", "nlu_fallback", "fee"),
        ("con tien thi sao", "inform", "fee"),
        ("thế mấy hôm", "nlu_fallback", "processing_time"),
        ("online được hông", "nlu_fallback", "online_level"),
        ("còn giấy tờ", "find_procedure", "documents"),
        ("thế nộp đâu", "nlu_fallback", "place"),
        ("lệ phí thì sao ạ", "inform", "fee"),
        ("có mất tiền k", "nlu_fallback", "fee"),
    ],
)
def test_a_follow_up_of_few_words_is_understood(talk, text, intent, facet) -> None:
    talk.hears("đăng ký khai sinh có điều kiện gì", "ask_conditions")
    messages = talk.hears(text, intent)
    assert [(message.procedure_code, message.facet) for message in messages] == [("1.001193", facet)]
