"""Agencies by their old names: the present name first, then where the procedure is filed."""

import pytest


def spoken(messages) -> str:
    return "\n".join(message.text for message in messages)


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("công an huyện còn làm không", "ask_working_hours"),
        ("nộp lên công an huyện được không", "ask_conditions"),
        ("giờ nộp ở ca huyện đúng k", "nlu_fallback"),
        ("lên công an thị xã được ko", "ask_online_level"),
        ("cong an huyen con lam khong", "out_of_scope"),
    ],
)
def test_an_abolished_agency_is_named_as_such_and_the_place_told(talk, text, intent) -> None:
    talk.hears("đăng ký thường trú hết bao nhiêu tiền", "ask_fee")
    messages = talk.hears(text, intent)
    assert "01/07/2025" in messages[0].text
    assert "Công an xã, phường" in messages[0].text
    assert messages[0].sources
    assert (messages[-1].procedure_code, messages[-1].facet) == ("1.004222", "place")


@pytest.mark.parametrize(
    "text", ["nộp ở sở TNMT được không", "nop o so tai nguyen moi truong dc ko", "có phải lên sở TN&MT nộp không"]
)
def test_a_renamed_agency_is_told_by_its_present_name_and_the_place_told(talk, text) -> None:
    talk.hears("sang tên sổ đỏ hết bao nhiêu tiền", "ask_fee")
    messages = talk.hears(text, "ask_place")
    assert "Sở Nông nghiệp và Môi trường" in messages[0].text
    assert "01/03/2025" in messages[0].text
    assert (messages[-1].procedure_code, messages[-1].facet) == ("1.013831", "place")


def test_the_matter_in_the_message_decides_who_does_an_abolished_agencys_work(talk) -> None:
    messages = talk.hears("ra phòng tư pháp đăng ký khai sinh đc k", "ask_conditions")
    assert "Ủy ban nhân dân xã, phường" in messages[0].text
    assert (messages[-1].procedure_code, messages[-1].facet) == ("1.001193", "place")


def test_a_price_asked_with_an_old_name_is_answered_too(talk) -> None:
    messages = talk.hears("đăng ký thường trú ở công an huyện hết bao nhiêu tiền", "ask_fee")
    assert "không còn" in messages[0].text
    assert messages[-1].facet == "fee"


def test_work_that_went_to_several_agencies_is_asked_about(talk) -> None:
    messages = talk.hears("sở lao động giờ ở đâu", "ask_place")
    assert messages[-1].kind == "question"
    assert len(talk.buttons()) == 3
    messages = talk.presses("Bảo trợ xã hội, trẻ em")
    assert "Sở Y tế" in spoken(messages)


def test_the_work_may_be_typed_and_then_the_procedure(talk) -> None:
    talk.hears("phòng tư pháp còn không", "out_of_scope")
    assert "Ủy ban nhân dân xã, phường" in spoken(talk.hears("hộ tịch chứng thực", "find_procedure"))
    messages = talk.hears("đăng ký kết hôn", "find_procedure")
    assert (messages[0].procedure_code, messages[0].facet) == ("1.000894", "place")


def test_a_procedure_answers_what_the_agency_is_needed_for(talk) -> None:
    talk.hears("công an huyện giờ ở đâu rồi", "ask_place")
    messages = talk.hears("đăng ký tạm trú", "find_procedure")
    assert (messages[-1].procedure_code, messages[-1].facet) == ("1.004194", "place")


@pytest.mark.parametrize(
    ("text", "present"),
    [
        ("sở kế hoạch đầu tư giờ tên gì", "Sở Tài chính"),
        ("sở TTTT sáp nhập vào đâu rồi", "Sở Khoa học và Công nghệ"),
        ("công an tỉnh đổi tên chưa", "Công an thành phố Bắc Ninh"),
        ("chi cục thuế còn không", "Thuế cơ sở"),
        ("sở nông nghiệp và phát triển nông thôn còn không", "Sở Nông nghiệp và Môi trường"),
    ],
)
def test_without_a_procedure_the_present_name_is_told_and_the_procedure_asked(talk, text, present) -> None:
    messages = talk.hears(text, "nlu_fallback")
    assert present in messages[0].text
    assert messages[-1].kind == "question"


def test_an_agency_of_today_is_not_said_to_be_renamed(talk) -> None:
    talk.hears("đăng ký tạm trú hết bao nhiêu tiền", "ask_fee")
    messages = talk.hears("ra công an phường nộp được không", "ask_conditions")
    assert [message.facet for message in messages] == ["place"]


def test_hours_of_an_office_stay_a_question_about_hours(talk) -> None:
    messages = talk.hears("công an phường mấy giờ làm việc", "ask_working_hours")
    assert "7 giờ 30" in spoken(messages)


def test_legal_aid_is_a_matter_and_no_office(talk) -> None:
    messages = talk.hears("yêu cầu trợ giúp pháp lý miễn phí", "find_procedure")
    assert messages[0].procedure_code == "2.000829"
