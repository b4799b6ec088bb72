"""Abbreviations and phrases with several meanings: asked about where the meaning decides, and only there."""

import pytest

LOST = "mất giấy tờ thì làm lại ở đâu"


@pytest.mark.parametrize(
    ("text", "intent", "offered"),
    [
        ("giấy kt cần gì", "ask_documents", "Khai tử"),
        ("cho hỏi kt cần giấy tờ gì", "ask_documents", "Khuyết tật"),
        ("làm tt ở đâu", "ask_place", "Tạm trú"),
        ("tôi muốn hỏi về tc", "nlu_fallback", "Trợ cấp"),
        ("kt", "nlu_fallback", "Khai tử"),
        ("ct là gì", "nlu_fallback", "Chứng thực"),
        ("mã của tôi là gì", "nlu_fallback", "Mã hồ sơ"),
    ],
)
def test_what_may_mean_several_things_is_asked_back_with_buttons(talk, text, intent, offered) -> None:
    messages = talk.hears(text, intent)
    assert len(messages) == 1
    assert messages[0].kind == "question"
    assert offered in talk.buttons()
    assert 2 <= len(talk.buttons()) <= 4


def test_pressing_a_meaning_goes_on_with_what_was_asked(talk) -> None:
    talk.hears("giấy kt cần gì", "ask_documents")
    messages = talk.presses("Khai tử")
    assert (messages[0].procedure_code, messages[0].facet) == ("1.000656", "documents")


def test_typing_a_meaning_goes_on_with_what_was_asked(talk) -> None:
    talk.hears("làm tt ở đâu", "ask_place")
    messages = talk.hears("tạm trú ạ", "find_procedure")
    assert (messages[0].procedure_code, messages[0].facet) == ("1.004194", "place")


def test_the_number_of_a_meaning_may_be_typed(talk) -> None:
    talk.hears("kt cần giấy tờ gì", "ask_documents")
    assert talk.hears("cái thứ nhất", "inform")[0].procedure_code == "1.000656"


def test_which_paper_was_lost_decides_where_it_is_made_again(talk) -> None:
    talk.hears(LOST, "ask_place")
    messages = talk.presses(next(title for title in talk.buttons() if "căn cước" in title.casefold()))
    assert (messages[0].procedure_code, messages[0].facet) == ("1.014064", "place")


def test_a_dossier_code_that_was_meant_leads_to_the_status(talk) -> None:
    talk.hears("mã của tôi là gì", "nlu_fallback")
    assert talk.presses("Mã hồ sơ")[0].expects == "dossier_code"


def test_what_is_asked_instead_of_an_answer_is_answered(talk) -> None:
    talk.hears("kt cần giấy tờ gì", "ask_documents")
    messages = talk.hears("đăng ký tạm trú hết bao nhiêu tiền", "ask_fee")
    assert (messages[0].procedure_code, messages[0].facet) == ("1.004194", "fee")


def test_an_abbreviation_answers_which_procedure_is_meant(talk) -> None:
    talk.hears("lệ phí bao nhiêu", "ask_fee")
    talk.hears("kt", "nlu_fallback")
    messages = talk.presses("Khai tử")
    assert (messages[0].procedure_code, messages[0].facet) == ("1.000656", "fee")


@pytest.mark.parametrize(
    ("text", "intent", "code"),
    [
        ("đk kết hôn cần giấy j", "ask_documents", "1.000894"),
        ("làm ks cho con cần gì", "ask_documents", "1.001193"),
        ("đăng ký tạm trú có dk online ko", "ask_online_level", "1.004194"),
        ("đăng ký kết hôn hết bn tiền", "ask_fee", "1.000894"),
        ("đăng ký khai sinh dc k v ad", "ask_conditions", "1.001193"),
        ("tt kết hôn cần gì", "ask_documents", "1.000894"),
        ("đăng ký tt cần gì", "ask_documents", "1.004194"),
        ("vo moi sinh, ho khau o yen the gio tam tru que vo thi lam giay khai sinh o dau", "ask_place", "1.001193"),
    ],
)
def test_what_is_clear_anyway_is_not_asked(talk, text, intent, code) -> None:
    assert talk.hears(text, intent)[0].procedure_code == code


def test_a_word_that_the_question_itself_is_about_is_asked_although_a_paper_is_named(talk) -> None:
    talk.hears("ho khau cho con moi sinh thi can giay khai sinh khong", "ask_documents")
    assert "Đăng ký thường trú" in talk.buttons()


def test_a_meaning_is_not_asked_where_the_present_procedure_is_one_of_them(talk) -> None:
    talk.hears("đăng ký khai tử cần giấy tờ gì", "ask_documents")
    messages = talk.hears("kt nộp ở đâu", "ask_place")
    assert (messages[0].procedure_code, messages[0].facet) == ("1.000656", "place")


def test_a_button_of_an_older_question_does_no_harm(talk) -> None:
    talk.hears("giấy kt cần gì", "ask_documents")
    question = talk.last
    talk.hears("đăng ký tạm trú cần gì", "ask_documents")
    talk.last = question
    assert talk.presses("Khai tử")[0].procedure_code == "1.000656"


@pytest.mark.parametrize(
    "text",
    [
        "cấp lại giấy khai sinh bản gốc bị mất",
        "tôi làm mất bản gốc giấy khai sinh",
        "xin lại bản chính khai sinh",
        "cap lai giay khai sinh ban chinh",
    ],
)
def test_a_lost_birth_certificate_is_a_copy_or_a_new_registration(talk, text) -> None:
    talk.hears(text, "find_procedure")
    offered = " ".join(talk.buttons())
    assert "trích lục" in offered
    assert "Đăng ký lại khai sinh" in offered


def test_where_the_register_is_lost_too_it_is_registered_anew(talk) -> None:
    assert talk.hears("mất cả giấy khai sinh lẫn sổ gốc thì làm sao", "find_procedure")[0].procedure_code == "1.004884"
