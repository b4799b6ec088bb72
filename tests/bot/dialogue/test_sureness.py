"""What is done with an intent that the engine is not sure of."""

import pytest


def test_an_unsure_answer_offers_the_next_likely_facet(talk) -> None:
    talk.hears("đăng ký thường trú nộp ở đâu", "ask_place")
    messages = talk.hears_unsurely("nộp kiểu kia được không", ("ask_place", 0.55), ("ask_online_level", 0.3))
    assert messages[-1].facet == "place"
    assert messages[-1].buttons[0].title == "Nộp trực tuyến"
    assert "bấm nút" in messages[-1].text
    assert talk.presses("Nộp trực tuyến")[0].facet == "online_level"


@pytest.mark.parametrize(
    "ranking",
    [
        (("ask_fee", 0.9), ("ask_documents", 0.05)),
        (("ask_fee", 0.7), ("ask_documents", 0.2)),
        (("ask_fee", 0.55), ("ask_payment", 0.3)),
        (("ask_fee", 0.55), ("ask_fee", 0.3)),
    ],
)
def test_nothing_is_offered_where_the_engine_is_sure_or_the_second_guess_is_no_facet(talk, ranking) -> None:
    messages = talk.hears_unsurely("đăng ký kết hôn hết nhiêu", *ranking)
    assert messages[-1].facet == "fee"
    assert "bấm nút" not in messages[-1].text


@pytest.mark.parametrize("text", ["rút lại cái đó", "bỏ hồ sơ"])
def test_a_withdrawal_is_confirmed_first_where_it_is_not_sure(talk, text) -> None:
    messages = talk.hears_unsurely(text, ("withdraw_dossier", 0.55), ("deny", 0.2))
    assert messages[0].kind == "question"
    assert talk.buttons() == ["Đúng", "Không phải"]
    assert "rút" in talk.hears("đúng rồi", "affirm")[0].text.casefold()


def test_a_withdrawal_confirmed_by_button_is_explained(talk) -> None:
    talk.hears_unsurely("bỏ hồ sơ", ("withdraw_dossier", 0.55), ("deny", 0.2))
    assert talk.presses("Đúng")[0].kind == "answer"


def test_who_says_no_is_left_in_peace(talk) -> None:
    talk.hears_unsurely("thôi đừng gửi", ("unsubscribe", 0.5), ("deny", 0.2))
    messages = talk.hears("không", "deny")
    assert "không làm gì" in messages[0].text
    assert talk.state.pending is None


def test_a_sure_withdrawal_is_not_asked_about(talk) -> None:
    assert talk.hears("tôi muốn rút hồ sơ", "withdraw_dossier")[0].kind == "answer"


def test_an_unsure_wish_for_a_person_in_one_clause_hands_nothing_over(talk) -> None:
    from bot.dialogue.respond import respond
    from bot.dialogue.turn import Clause, Turn

    clauses = (Clause("đăng ký kết hôn hết bao nhiêu", "ask_fee", 0.9), Clause("hỏi ai", "talk_to_officer", 0.5))
    reply = respond(Turn("đăng ký kết hôn hết bao nhiêu, hỏi ai", "ask_fee", 0.9, clauses), talk.state, talk.services)
    assert reply.handoff is None
    assert reply.messages[0].facet == "fee"
