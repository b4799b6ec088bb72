"""Conversations as citizens hold them, turn by turn: what is answered, about which procedure, what is asked back."""

from collections.abc import Callable

from bot.messages import BotMessage


def spoken(messages: list[BotMessage]) -> str:
    return "\n".join(message.text for message in messages)


def test_a_question_about_a_named_procedure_is_answered_with_code_source_and_date(talk) -> None:
    messages = talk.hears("đăng ký khai sinh cần giấy tờ gì", "ask_documents")
    assert "chứng sinh" in spoken(messages)
    assert messages[0].procedure_code == "1.001193"
    assert messages[0].sources[0].as_of == "tháng 7/2026"
    assert "163/QĐ-BTP" in messages[0].sources[0].title


def test_a_follow_up_without_a_name_stays_with_the_procedure(talk) -> None:
    talk.hears("đăng ký khai sinh cần giấy tờ gì", "ask_documents")
    messages = talk.hears("thế phí bao nhiêu?", "ask_fee")
    assert messages[0].procedure_code == "1.001193"
    assert "miễn lệ phí" in spoken(messages).casefold()


def test_the_same_question_moves_to_another_procedure(talk) -> None:
    talk.hears("khai sinh mất bao lâu", "ask_processing_time")
    messages = talk.hears("thế còn khai tử thì sao", "find_procedure")
    assert messages[0].procedure_code == "1.000656"
    assert messages[0].facet == "processing_time"


def test_one_can_go_there_and_back(talk) -> None:
    talk.hears("đăng ký kết hôn cần giấy tờ gì", "ask_documents")
    talk.hears("xin giấy xác nhận độc thân ở đâu", "ask_place")
    messages = talk.hears("quay lại cái lúc nãy, lệ phí bao nhiêu", "ask_fee")
    assert messages[0].procedure_code == "1.000894"


def test_three_questions_in_one_message_are_all_answered(talk) -> None:
    messages = talk.hears(
        "đăng ký khai sinh cần giấy tờ gì, phí bao nhiêu và nộp ở đâu",
        "ask_documents",
        ("đăng ký khai sinh cần giấy tờ gì", "ask_documents"),
        ("phí bao nhiêu", "ask_fee"),
        ("nộp ở đâu", "ask_place"),
    )
    assert [m.facet for m in messages] == ["documents", "fee", "place"]
    assert {m.procedure_code for m in messages} == {"1.001193"}


def test_two_procedures_in_one_message_are_both_answered(talk) -> None:
    messages = talk.hears(
        "đăng ký khai sinh mất bao lâu, còn đăng ký tạm trú hết bao nhiêu tiền",
        "ask_processing_time",
        ("đăng ký khai sinh mất bao lâu", "ask_processing_time"),
        ("còn đăng ký tạm trú hết bao nhiêu tiền", "ask_fee"),
    )
    assert [(m.procedure_code, m.facet) for m in messages] == [("1.001193", "processing_time"), ("1.004194", "fee")]


def test_a_need_told_before_the_question_names_the_procedure(talk) -> None:
    messages = talk.hears(
        "tôi muốn đăng ký kết hôn. cần những giấy tờ gì?",
        "ask_documents",
        ("tôi muốn đăng ký kết hôn", "find_procedure"),
        ("cần những giấy tờ gì", "ask_documents"),
    )
    assert [(m.procedure_code, m.facet) for m in messages] == [("1.000894", "documents")]


def test_a_question_without_any_procedure_asks_which_and_then_answers_it(talk) -> None:
    messages = talk.hears("lệ phí bao nhiêu vậy", "ask_fee")
    assert messages[0].kind == "question"
    messages = talk.hears("đăng ký tạm trú", "find_procedure")
    assert (messages[0].procedure_code, messages[0].facet) == ("1.004194", "fee")


def test_an_unclear_name_offers_the_nearest_and_answers_what_was_asked_once_chosen(talk) -> None:
    messages = talk.hears("sang tên hết bao nhiêu tiền", "ask_fee")
    assert messages[0].kind == "question"
    assert "nhà đất hay sang tên xe" in messages[0].text
    title = next(b.title for b in messages[0].buttons if b.entities["procedure_code"] == "1.013076")
    messages = talk.presses(title)
    assert (messages[0].procedure_code, messages[0].facet) == ("1.013076", "fee")


def test_the_choice_may_be_typed_in_words(talk) -> None:
    talk.hears("sang tên hết bao nhiêu tiền", "ask_fee")
    messages = talk.hears("xe nhé", "inform")
    assert (messages[0].procedure_code, messages[0].facet) == ("1.013076", "fee")


def test_what_was_denied_is_not_what_is_meant(talk) -> None:
    talk.hears("làm căn cước hết bao nhiêu tiền", "ask_fee")
    messages = talk.hears("không phải căn cước, làm hộ chiếu cơ", "deny")
    meant = messages[0].procedure_code or next(b.entities["procedure_code"] for b in messages[0].buttons)
    assert meant == "1.001456"


def test_something_outside_the_catalogue_is_not_answered_with_the_present_procedure(talk) -> None:
    talk.hears("khai sinh hết bao nhiêu tiền", "ask_fee")
    messages = talk.hears("thế thủ tục ly hôn đơn phương hết bao nhiêu tiền", "ask_fee")
    assert all(m.facet != "fee" for m in messages)
    assert messages[0].kind == "question" or "chắc chắn" in spoken(messages)
    assert talk.buttons()


def test_two_misses_in_a_row_offer_a_person_and_yes_hands_over(talk) -> None:
    talk.hears("asdf qwer", "nlu_fallback")
    talk.hears("zxcv uiop", "nlu_fallback")
    assert "Gặp cán bộ" in talk.buttons()
    talk.hears("vâng", "affirm")
    assert talk.last.handoff.reason == "two_misses"


def test_a_miss_is_forgotten_once_something_is_understood(talk) -> None:
    talk.hears("asdf qwer", "nlu_fallback")
    talk.hears("khai sinh cần giấy tờ gì", "ask_documents")
    messages = talk.hears("zxcv uiop", "nlu_fallback")
    assert "Có muốn gặp cán bộ" not in spoken(messages)
    assert talk.state.misses == 1


def test_asking_for_a_person_opens_a_typed_handoff_with_a_summary(talk) -> None:
    talk.hears("đăng ký kết hôn cần giấy tờ gì", "ask_documents")
    messages = talk.hears("cho tôi gặp cán bộ", "talk_to_officer")
    assert talk.last.handoff.reason == "asked"
    assert talk.last.handoff.summary["procedure_name"] == "Đăng ký kết hôn"
    assert talk.last.handoff.summary["deciding_agency"]
    assert "tới cán bộ" in spoken(messages)


def test_a_complaint_is_met_with_regret_and_a_person(talk) -> None:
    messages = talk.hears("làm ăn kiểu gì mà chờ cả tháng", "complaint")
    assert talk.last.handoff.reason == "complaint"
    assert "rất tiếc" in spoken(messages)


def test_status_needs_both_proofs(talk) -> None:
    messages = talk.hears("hồ sơ của tôi đến đâu rồi", "check_status")
    assert messages[0].expects == "dossier_code"
    messages = talk.hears("⟦dossier_code:ref1⟧", "check_status")
    assert messages[0].expects == "lookup_code"
    assert "0001" in messages[0].text
    messages = talk.hears("⟦lookup_code:look1⟧", "inform")
    assert messages[0].kind == "status"


def test_a_wrong_lookup_code_may_be_sent_again(talk) -> None:
    talk.hears("⟦dossier_code:ref1⟧", "check_status")
    messages = talk.hears("⟦lookup_code:wrong⟧", "inform")
    assert messages[0].expects == "lookup_code"
    assert talk.hears("⟦lookup_code:look1⟧", "inform")[0].kind == "status"


def test_a_question_in_the_middle_of_a_status_check_is_answered(talk) -> None:
    talk.hears("hồ sơ của tôi đến đâu rồi", "check_status")
    messages = talk.hears("đăng ký khai sinh cần giấy tờ gì", "ask_documents")
    assert messages[0].procedure_code == "1.001193"
    assert messages[-1].expects == "dossier_code"
    assert talk.hears("⟦dossier_code:ref1⟧", "check_status")[0].expects == "lookup_code"


def test_no_code_no_status_but_a_person(talk) -> None:
    talk.hears("hồ sơ của tôi đến đâu rồi", "check_status")
    messages = talk.hears("tôi làm mất giấy hẹn rồi không nhớ mã", "inform")
    assert "Gặp cán bộ" in talk.buttons()
    assert messages[0].kind != "status"


def test_the_place_named_is_kept_and_used(talk) -> None:
    talk.hears("tôi ở phường Kinh Bắc", "inform")
    messages = talk.hears("đăng ký khai sinh nộp ở đâu", "ask_place")
    assert "Kinh Bắc" in spoken(messages)


def test_an_old_name_of_several_new_units_is_not_guessed(talk) -> None:
    messages = talk.hears("huyện Yên Phong cũ nay thuộc đâu", "ask_new_place")
    assert "Tam Giang" in spoken(messages)
    assert "Văn Môn" in spoken(messages)


def test_an_old_level_is_named_in_todays_words(talk) -> None:
    messages = talk.hears("đăng ký khai sinh có làm mức độ 4 được không", "ask_online_level")
    assert "toàn trình" in spoken(messages)
    assert "chủ động" in spoken(messages)


def test_a_list_of_nouns_is_a_list_of_questions(talk) -> None:
    talk.hears("xin phiếu lý lịch tư pháp", "find_procedure")
    messages = talk.hears("lệ phí và thời hạn", "ask_fee")
    assert [m.facet for m in messages] == ["fee", "processing_time"]
    assert [m.facet for m in talk.hears("hồ sơ", "withdraw_dossier")] == ["documents"]
    assert [m.facet for m in talk.hears("online", "nlu_fallback")] == ["online_level"]
    messages = talk.hears(
        "thời hạn, giấy tờ, phí",
        "nlu_fallback",
        ("thời hạn", "nlu_fallback"),
        ("giấy tờ", "find_procedure"),
        ("phí", "ask_fee"),
    )
    assert [m.facet for m in messages] == ["processing_time", "documents", "fee"]


def test_a_circumstance_is_not_another_procedure(talk) -> None:
    talk.hears("đăng ký khai sinh có yếu tố nước ngoài lệ phí bao nhiêu", "ask_fee")
    messages = talk.hears("nhà tôi hộ nghèo thì lệ phí bao nhiêu", "ask_fee")
    assert messages[0].procedure_code == "2.000528"


def test_a_list_of_procedures_stays_open_while_more_is_asked(talk) -> None:
    talk.hears("sang tên", "find_procedure")
    messages = talk.hears("bao lâu", "ask_processing_time")
    assert "nhà đất" in " ".join(b.title for b in messages[0].buttons) or messages[0].buttons
    messages = talk.hears("xe", "inform")
    assert (messages[0].procedure_code, messages[0].facet) == ("1.013076", "processing_time")


def test_a_follow_up_after_a_likely_answer_stays_with_it(talk) -> None:
    messages = talk.hears("em làm ở công ty, thuê trọ muốn làm tạm trú thì phí bao nhiêu", "ask_fee")
    assert messages[0].procedure_code == "1.004194"
    assert talk.hears("cần giấy tờ gì", "ask_documents")[0].procedure_code == "1.004194"


def test_a_child_is_known_by_its_age(talk) -> None:
    messages = talk.hears("làm hộ chiếu cho con 5 tuổi cần gì", "ask_documents")
    assert "TK01a" in spoken(messages)


def test_an_unsure_complaint_is_not_handed_over(talk) -> None:
    from bot.dialogue.respond import respond
    from bot.dialogue.turn import Turn

    reply = respond(Turn("trễ quá vậy", "complaint", 0.7), talk.state, talk.services)
    assert reply.handoff is None
    assert reply.messages[0].buttons


def test_right_after_a_status_its_date_is_asked_about_not_the_general_rule(talk) -> None:
    talk.hears("⟦dossier_code:ref1⟧ ⟦lookup_code:look1⟧", "check_status")
    assert talk.hears("vậy bao giờ xong", "ask_processing_time")[0].kind == "status"


def test_right_after_a_status_one_can_turn_to_a_procedure(talk) -> None:
    talk.hears("⟦dossier_code:ref1⟧ ⟦lookup_code:look1⟧", "check_status")
    messages = talk.hears("thế còn khai tử thì sao", "find_procedure")
    assert (messages[0].procedure_code, messages[0].facet) == ("1.000656", "overview")
    assert talk.hears("bao giờ xong", "ask_processing_time")[0].procedure_code == "1.000656"


def test_hours_are_told_with_their_caution(talk) -> None:
    messages = talk.hears("mấy giờ làm việc", "ask_working_hours")
    assert "7 giờ 30" in spoken(messages)
    assert "chưa được Bắc Ninh xác nhận" in spoken(messages)


def test_no_reply_is_ever_empty_whatever_the_intent(new_talk: Callable) -> None:
    from bot.dialogue.facets import FACET_OF_INTENT, GUIDES

    for intent in (*FACET_OF_INTENT, *GUIDES, "affirm", "deny", "inform", "greet", "thank", "nlu_fallback", "unheard_of"):
        for text in ("", "   ", "🙂", "đ" * 2000, "⟦dossier_code:zz⟧", "/restart", "\x00", "khai sinh"):
            one = new_talk()
            messages = one.hears(text, intent)
            assert messages or one.last.small_talk == intent
            assert all(message.text.strip() for message in messages), (intent, text)


def test_a_button_of_an_older_catalogue_does_no_harm(talk) -> None:
    from bot.dialogue.respond import respond
    from bot.dialogue.turn import Turn

    turn = Turn("", "show_facet", 1.0, entities={"procedure_code": "9.999999", "facet": "nonsense"}, is_act=True)
    assert respond(turn, talk.state, talk.services).messages


def test_a_second_matter_in_a_row_that_is_not_ours_offers_a_person(talk) -> None:
    talk.hears("mai có mưa không", "out_of_scope")
    talk.hears("giá vàng hôm nay thế nào", "out_of_scope")
    assert "Gặp cán bộ" in talk.buttons()
    talk.hears("vâng", "affirm")
    assert talk.last.handoff is not None


def test_turning_to_an_unclear_name_means_the_one_spoken_of_before(talk) -> None:
    talk.hears("mất căn cước làm lại hết bao nhiêu tiền", "ask_fee")
    talk.hears("mất bằng lái xe thì cấp lại mất bao nhiêu tiền", "ask_fee")
    assert talk.hears("thế căn cước thì sao", "find_procedure")[0].procedure_code == "1.014064"
