"""Several questions, and several procedures, in one message."""


def test_two_procedures_joined_in_one_clause_are_both_answered(talk) -> None:
    messages = talk.hears("đăng ký tạm trú và đăng ký kết hôn cần giấy tờ gì", "ask_documents")
    assert [(m.procedure_code, m.facet) for m in messages] == [("1.004194", "documents"), ("1.000894", "documents")]


def test_a_name_with_commas_stays_one_procedure(talk) -> None:
    messages = talk.hears("đăng ký nhận cha, mẹ, con cần giấy tờ gì", "ask_documents")
    assert {m.procedure_code for m in messages} == {"1.001022"}


def test_what_is_clear_is_answered_before_the_other_is_asked_about(talk) -> None:
    messages = talk.hears("sang tên và đăng ký kết hôn hết bao nhiêu tiền", "ask_fee")
    assert (messages[0].procedure_code, messages[0].facet) == ("1.000894", "fee")
    assert messages[-1].kind == "question"
    title = next(b.title for b in messages[-1].buttons if b.entities["procedure_code"] == "1.013076")
    messages = talk.presses(title)
    assert (messages[0].procedure_code, messages[0].facet) == ("1.013076", "fee")


def test_two_unclear_procedures_are_asked_about_one_after_the_other(talk) -> None:
    messages = talk.hears("sang tên với trợ cấp nộp ở đâu", "ask_place")
    assert sum(message.kind == "question" for message in messages) == 1
    messages = talk.presses("Đăng ký sang tên xe")
    assert (messages[0].procedure_code, messages[0].facet) == ("1.013076", "place")
    assert messages[-1].kind == "question"
    messages = talk.presses("Hưởng trợ cấp thất nghiệp")
    assert (messages[0].procedure_code, messages[0].facet) == ("1.001978", "place")


def test_four_questions_are_all_answered(talk) -> None:
    messages = talk.hears(
        "đăng ký khai sinh cần gì, phí bao nhiêu, bao lâu xong, nộp ở đâu",
        "ask_fee",
        ("đăng ký khai sinh cần gì", "ask_documents"),
        ("phí bao nhiêu", "ask_fee"),
        ("bao lâu xong", "ask_processing_time"),
        ("nộp ở đâu", "ask_place"),
    )
    assert [m.facet for m in messages] == ["documents", "fee", "processing_time", "place"]


def test_who_names_the_choice_only_roughly_is_asked_once_more_and_keeps_the_question(talk) -> None:
    talk.hears("sang tên hết bao nhiêu tiền", "ask_fee")
    talk.hears("sang tên ấy", "find_procedure")
    messages = talk.presses("Đăng ký sang tên xe")
    assert messages[0].facet == "fee"


def test_another_errand_is_not_taken_for_a_detail_of_the_present_one(talk) -> None:
    talk.hears("đăng ký khai sinh nộp ở đâu", "ask_place")
    messages = talk.hears("cấp đổi thẻ căn cước cần giấy tờ gì", "ask_documents")
    assert messages[0].procedure_code != "1.001193"
