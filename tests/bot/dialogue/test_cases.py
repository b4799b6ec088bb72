"""The case and the age in a citizen's words choose the case of the procedure, or the right procedure."""

from datetime import date

import pytest

from bot.dialogue.cases import case_in_text, outside_age

TODAY = date(2026, 11, 26)


def spoken(messages) -> str:
    return "\n".join(message.text for message in messages)


@pytest.mark.parametrize(
    ("code", "text", "case"),
    [
        ("1.001456", "làm hộ chiếu cho con 8 tuổi", "duoi-14-tuoi"),
        ("1.001456", "ho chieu cho be 5 thang tuoi", "duoi-14-tuoi"),
        ("1.001456", "con em sinh năm 2020", "duoi-14-tuoi"),
        ("1.001456", "làm cho con", "duoi-14-tuoi"),
        ("1.001456", "thế trẻ em thì sao", "duoi-14-tuoi"),
        ("1.001456", "hộ chiếu bị mất", "mat-hoac-hong"),
        ("1.001456", "làm cho con 20 tuổi", None),
        ("1.001456", "làm cho mẹ 70 tuổi", None),
        ("1.000656", "đăng ký trễ", "qua-han"),
        ("1.000656", "quên không đăng ký, quá hạn rồi", "qua-han"),
        ("1.000656", "trễ mất 3 tháng rồi", "qua-han"),
        ("1.000656", "bố em mất", None),
        ("1.000656", "bố em mất từ lâu", "chet-da-lau"),
        ("1.004873", "em ly hôn rồi", "da-ly-hon-hoac-vo-chong-mat"),
        ("1.004873", "vợ em mất rồi", "da-ly-hon-hoac-vo-chong-mat"),
        ("1.004222", "ở nhà thuê", "thue-muon-o-nho"),
        ("2.000528", "cháu sinh ở nước ngoài", "sinh-tai-nuoc-ngoai"),
        ("2.000528", "con sinh ở Đài Loan", "sinh-tai-nuoc-ngoai"),
        ("2.000829", "em là hộ nghèo", "ho-ngheo"),
        ("1.002755", "gia hạn tạm trú cần gì", None),
        ("1.012786", "mất sổ đỏ", "mat-giay-chung-nhan"),
        ("1.001193", "sinh ở nhà", "khong-giay-chung-sinh"),
    ],
)
def test_words_show_the_case(services, code, text, case) -> None:
    assert case_in_text(services.catalogue.procedures[code], text, TODAY) == case


@pytest.mark.parametrize(
    ("code", "text", "outside"),
    [
        ("1.014061", "con 8 tuổi", True),
        ("1.014061", "cháu dưới 14 tuổi", True),
        ("1.014061", "con 15 tuổi", False),
        ("1.014061", "đủ 14 tuổi", False),
        ("1.014061", "cho em", False),
        ("2.000986", "bé 3 tháng tuổi", False),
        ("2.000986", "con 7 tuổi", True),
        ("1.014027", "mẹ 80 tuổi", False),
        ("1.014027", "mẹ 72 tuổi", True),
        ("1.001193", "con 30 tuổi", False),
    ],
)
def test_an_age_outside_the_name_of_a_procedure_is_noticed(services, code, text, outside) -> None:
    assert (outside_age(services.catalogue.procedures[code], text, TODAY) is not None) is outside


def test_the_case_told_with_the_question_is_not_asked(talk) -> None:
    messages = talk.hears("cấp hộ chiếu phổ thông cho con 8 tuổi cần giấy tờ gì", "ask_documents")
    assert "trẻ chưa đủ 14 tuổi" in messages[0].text
    messages = talk.hears("đăng ký khai tử quá hạn cần giấy tờ gì", "ask_documents")
    assert "quá hạn" in messages[0].text


def test_a_case_told_later_answers_the_same_for_it(talk) -> None:
    talk.hears("đăng ký khai tử cần giấy tờ gì", "ask_documents")
    messages = talk.hears("để trễ mất 3 tháng rồi", "inform")
    assert messages[0].facet == "documents"
    assert "quá hạn" in messages[0].text


def test_a_person_told_later_answers_the_same_for_them(talk) -> None:
    talk.hears("cấp hộ chiếu phổ thông cần giấy tờ gì", "ask_documents")
    assert "trẻ chưa đủ 14 tuổi" in talk.hears("à không, của con tôi", "deny")[0].text
    assert "mất hoặc hỏng" in talk.hears("còn bị mất thì sao", "inform")[0].text


def test_where_the_data_tell_no_difference_it_is_said(talk) -> None:
    talk.hears("đăng ký kết hôn cần giấy tờ gì", "ask_documents")
    messages = talk.hears("thế của em gái em thì sao", "inform")
    assert "không tách riêng" in messages[0].text
    assert messages[-1].facet == "documents"


def test_an_age_leads_to_the_sibling_procedure(talk) -> None:
    messages = talk.hears("liên thông khai sinh, thường trú, bảo hiểm y tế cho con 8 tuổi cần gì", "ask_documents")
    assert "8 tuổi" in messages[0].text
    assert (messages[-1].procedure_code, messages[-1].facet) == ("1.001193", "documents")


def test_an_age_for_which_there_is_no_procedure_is_said_honestly(talk) -> None:
    messages = talk.hears("cấp thẻ căn cước cho con 8 tuổi cần giấy tờ gì", "ask_documents")
    assert "8 tuổi" in spoken(messages)
    assert all(message.facet != "documents" for message in messages)
    assert "Gặp cán bộ" in talk.buttons()
    assert talk.presses("Vẫn xem thủ tục này")[0].facet == "documents"


def test_published_conditions_are_told_with_the_limit_of_age(talk) -> None:
    messages = talk.hears("trợ cấp hưu trí xã hội mẹ tôi 72 tuổi được không", "ask_conditions")
    assert "75 tuổi" in spoken(messages)
    assert "70" in spoken(messages)


def test_an_age_told_before_the_choice_counts_after_it(talk) -> None:
    talk.hears("lệ phí bao nhiêu", "ask_fee")
    messages = talk.hears("cấp thẻ căn cước cho người từ đủ 14 tuổi, con em 8 tuổi", "inform")
    assert "8 tuổi" in spoken(messages)
