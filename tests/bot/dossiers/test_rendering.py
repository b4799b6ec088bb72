"""What the citizen reads about a dossier."""

import re
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.catalogue.schema import Holiday, OfficeHours, WorkingCalendar
from bot.clock import VIETNAM_TIME
from bot.dossiers.lookup import Details, Found, LockedOut, NotFoundOrWrongFactor, PortalAway, StatusOutcome
from bot.dossiers.rendering import render_status
from bot.dossiers.status_table import status_table
from bot.messages import BotMessage
from bot.portal.records import Dossier, Moment, SupplementRequest
from bot.portal.submission import ChannelTerms, Fee, ProcedureFees, ProcessingTime
from bot.portal.watching import SupplementDetails, SupplementPaper

NOW = datetime(2026, 8, 5, 14, 30, tzinfo=VIETNAM_TIME)
CODE = "H05.12.3-260731-4321"
CALENDAR = WorkingCalendar(
    hours=OfficeHours(monday_to_friday=("07:30-11:30",), certainty="check", note="test"),
    holidays=(Holiday(day=date(2026, 8, 10), name="Ngày nghỉ thử"),),
    covers_years=(2026,),
    source="test",
)
DATES = re.compile(r"\d\d/\d\d/\d{4}")


def dossier(status: str = "4", **changes: object) -> Dossier:
    base = Dossier(
        dossier_code=CODE,
        source_system="provincial",
        status_code=status,
        as_of=NOW,
        procedure_code="1.001193",
        procedure_name="Thủ tục đăng ký khai sinh",
        received_at=Moment(date(2026, 7, 31)),
        due_at=Moment(date(2026, 8, 12)),
        current_step="Thẩm định hồ sơ",
        current_unit="Phòng Tư pháp",
    )
    return replace(base, **changes)  # type: ignore[arg-type]


def found(status: str = "4", **changes: object) -> Found:
    shown = dossier(status, **changes)
    return Found(shown, shown.as_of, stale=False)


def said(outcome: StatusOutcome, language: str = "vi") -> str:
    return "\n".join(message.text for message in render_status(outcome, CALENDAR, NOW, language=language))


def days_before(count: int) -> Moment:
    return Moment(NOW.date() - timedelta(days=count))


def test_whole_answer_of_a_dossier_in_process() -> None:
    state, next_step = render_status(found(), CALENDAR, NOW)
    assert state.text == (
        "Hồ sơ ***4321: Đang xử lý.\n"
        "Thủ tục: Đăng ký khai sinh.\n"
        "Ngày tiếp nhận: 31/07/2026.\n"
        "Ngày hẹn trả: 12/08/2026 (còn 04 ngày làm việc).\n"
        "Bước hiện tại: Thẩm định hồ sơ, tại Phòng Tư pháp.\n"
        "Theo Cổng dịch vụ công, lúc 14 giờ 30 ngày 05/08/2026."
    )
    assert next_step.text == "Việc tiếp theo thuộc về cơ quan giải quyết; Ông/Bà chưa cần làm gì thêm. Hồ sơ đang được xử lý."
    assert (state.kind, state.procedure_code, state.sources[0].as_of) == ("status", "1.001193", "14 giờ 30 ngày 05/08/2026")


@pytest.mark.parametrize(
    ("status", "label", "actor"),
    [
        ("1", "Mới đăng ký", "thuộc về cơ quan giải quyết"),
        ("2", "Được tiếp nhận", "thuộc về cơ quan giải quyết"),
        ("3", "Không được tiếp nhận", "thuộc về Ông/Bà"),
        ("4", "Đang xử lý", "thuộc về cơ quan giải quyết"),
        ("5", "Yêu cầu bổ sung giấy tờ", "Ông/Bà cần bổ sung"),
        ("6", "Yêu cầu thực hiện nghĩa vụ tài chính", "thuộc về Ông/Bà"),
        ("7", "Công dân yêu cầu rút hồ sơ", "thuộc về cơ quan giải quyết"),
        ("8", "Dừng xử lý", "không ghi rõ việc tiếp theo thuộc về cơ quan hay Ông/Bà"),
        ("9", "Đã xử lý xong", "thuộc về Ông/Bà"),
        ("10", "Đã trả kết quả", "Không còn việc gì phải làm"),
    ],
)
def test_every_status_is_said_in_words_with_who_must_act(status: str, label: str, actor: str) -> None:
    text = said(found(status))
    assert f"Hồ sơ ***4321: {label}." in text
    assert actor in text
    assert "Theo Cổng dịch vụ công, lúc 14 giờ 30 ngày 05/08/2026." in text


def test_clock_has_not_started_before_receipt() -> None:
    text = said(found("1", received_at=None, due_at=None))
    assert "Thời hạn giải quyết chưa bắt đầu tính" in text
    assert "hẹn trả" not in text


def test_late_dossier_is_apologised_for_without_a_new_date() -> None:
    late = found(due_at=days_before(3))
    text = said(late)
    assert "xin lỗi Ông/Bà" in text
    assert "mẫu 04" in text
    assert set(DATES.findall(text)) == {"31/07/2026", "02/08/2026", "05/08/2026"}
    assert [message.kind for message in render_status(late, CALENDAR, NOW)] == ["status", "status", "apology"]


@pytest.mark.parametrize(
    "in_time",
    [
        found(due_at=Moment(NOW.date())),
        found(due_at=Moment(NOW.date(), NOW + timedelta(minutes=1))),
        found("5", due_at=days_before(3)),
        found("6", due_at=days_before(3)),
        found("1", due_at=days_before(3)),
        found("10", due_at=days_before(3), ended_at=days_before(3)),
        found("10", due_at=days_before(3)),
        found("11", due_at=days_before(3)),
        found("9", source_system="national", due_at=days_before(9), ended_at=days_before(1)),
    ],
)
def test_nothing_else_is_called_late(in_time: Found) -> None:
    assert "xin lỗi" not in said(in_time)


def test_due_time_of_today_that_has_passed_is_late() -> None:
    assert "xin lỗi" in said(found(due_at=Moment(NOW.date(), NOW - timedelta(minutes=1))))


def test_result_after_the_due_date_is_apologised_for() -> None:
    text = said(found("10", due_at=days_before(5), ended_at=days_before(2)))
    assert "giải quyết sau ngày hẹn trả (31/07/2026, quá 01 ngày làm việc)" in text
    assert "xin lỗi Ông/Bà" in text


def test_missing_due_date_is_said() -> None:
    assert "Cổng không ghi ngày hẹn trả" in said(found(due_at=None))


def test_flattened_nine_of_the_national_source_is_told_with_caution() -> None:
    text = said(found("9", source_system="national", result_method="counter", result_place="Bộ phận Một cửa"))
    assert "nếu Ông/Bà chưa nhận thông báo kết quả, xin kiểm tra với nơi nộp" in text
    assert "Theo Cổng dịch vụ công Quốc gia" in text
    assert "Kết quả đã có" not in text


def test_nine_of_the_provincial_source_says_how_to_collect() -> None:
    text = said(found("9", result_method="counter", result_place="Bộ phận Một cửa"))
    assert "nhận tại nơi trả kết quả ghi trên giấy hẹn" in text
    assert "Bộ phận Một cửa" not in text, "where it lies is for identified people"
    assert "qua bưu chính" in said(found("9", result_method="post"))
    assert "hỏi nơi nộp hồ sơ về cách nhận" in said(found("9"))


def identified(status: str, details: Details, **changes: object) -> str:
    shown = dossier(status, **changes)
    return said(Found(shown, shown.as_of, stale=False, details=details))


def test_an_identified_person_is_told_where_the_result_lies() -> None:
    text = identified("9", Details(), result_method="counter", result_place="Bộ phận Một cửa")
    assert "Nơi trả kết quả: Bộ phận Một cửa." in text
    assert "Nơi trả" not in identified("9", Details(), result_method="post", result_place="12 Lý Thái Tổ")
    assert "Nơi trả" not in identified("9", Details(), source_system="national", result_method="counter", result_place="X")


def test_an_identified_person_is_told_which_papers_are_asked_for() -> None:
    papers = (SupplementPaper("P1", "Bản sao hộ chiếu", "của CCCD 024099001234"), SupplementPaper("P2", "Đơn đề nghị"))
    asked = SupplementDetails("BS1", 1, days_before(2), None, "Bổ sung trước khi thẩm định", papers, 20_000)
    text = identified("5", Details(asked), supplement_requests=(supplement(2),))
    assert "- Bản sao hộ chiếu (của CCCD *********234)\n- Đơn đề nghị" in text
    assert "Nội dung yêu cầu: Bổ sung trước khi thẩm định" in text
    assert "20.000 đồng" in text
    assert "Đơn đề nghị" not in said(found("5", supplement_requests=(supplement(2),)))


def test_a_long_list_of_papers_is_cut_and_says_so() -> None:
    papers = tuple(SupplementPaper(f"P{n}", f"Giấy {n}") for n in range(30))
    text = identified("5", Details(SupplementDetails("BS1", 1, days_before(2), None, None, papers)))
    assert "Giấy 9" in text
    assert "Giấy 10" not in text
    assert "và 20 giấy tờ khác" in text


def test_an_identified_person_is_told_certain_fees_only() -> None:
    online = ChannelTerms("online", (ProcessingTime(5, "working_day", (Fee(10_000, "Lệ phí", "L1"),)),))
    counter = ChannelTerms("counter", (ProcessingTime(5, "working_day", (Fee(None, "Lệ phí", "L1"),)),))
    text = identified("6", Details(fees=ProcedureFees("1.001193", (online, counter), NOW)))
    assert "nộp trực tuyến 10.000 đồng." in text
    assert "nộp trực tiếp" not in text
    assert "Phí, lệ phí" not in identified("6", Details(fees=ProcedureFees("1.001193", (counter,), NOW)))


def test_the_way_of_a_dossier_with_supplements_is_told_in_days() -> None:
    rounds = (supplement(3, answered=days_before(1)), supplement(1))
    assert (
        "Các mốc: tiếp nhận 31/07/2026; yêu cầu bổ sung 03/08/2026, đã nhận bổ sung 04/08/2026; yêu cầu bổ sung 03/08/2026."
        in said(found("5", supplement_requests=rounds))
    )


def test_late_days_are_counted_in_working_days() -> None:
    assert "(31/07/2026, quá 03 ngày làm việc)" in said(found(due_at=days_before(5)))
    assert "(05/08/2025)" in said(found(due_at=Moment(date(2025, 8, 5)))), "outside the calendar nothing is counted"


@pytest.mark.parametrize("factor", ["phone_proof", "identity_proof"])
def test_a_dossier_that_a_confirmation_does_not_open_is_one_answer(factor: Any) -> None:
    (message,) = render_status(NotFoundOrWrongFactor(factor), CALENDAR, NOW, ways={"phone", "login"})
    assert "không mở được hồ sơ này" in message.text
    assert message.expects == "lookup_code"
    assert [button.entities.get("do") for button in message.buttons] == ["phone", "login", None]


def test_a_portal_that_is_away_offers_to_tell_later_where_it_can() -> None:
    for outcome in (PortalAway(None), PortalAway(dossier(), NOW)):
        last = render_status(outcome, CALENDAR, NOW, can_tell_later=True)[-1]
        assert [button.intent for button in last.buttons] == ["subscribe_updates", "talk_to_officer"]


def test_the_last_known_state_says_when_it_was_told() -> None:
    assert "lúc 13 giờ 30 ngày 05/08/2026" in said(PortalAway(dossier(), NOW - timedelta(hours=1)))


@pytest.mark.parametrize(("system", "code"), [("provincial", "11"), ("another", "4")])
def test_unknown_status_is_not_guessed_and_offers_a_person(system: str, code: str) -> None:
    messages = render_status(found(code, source_system=system), CALENDAR, NOW)
    text = "\n".join(message.text for message in messages)
    assert f"trạng thái chưa xác định (mã {code})" in text
    assert "Tôi không đoán" in text
    assert messages[-1].buttons[0].intent == "talk_to_officer"
    labels = [status.label.vi for status in status_table().statuses]
    assert not any(label in text for label in labels)


def supplement(items: int = 2, deadline: Moment | None = None, answered: Moment | None = None) -> SupplementRequest:
    return SupplementRequest(days_before(2), deadline, items, answered)


def test_supplement_says_how_many_until_when_and_where_the_list_is() -> None:
    text = said(found("5", supplement_requests=(supplement(2, Moment(date(2026, 8, 14))),)))
    assert "Ông/Bà cần bổ sung 02 giấy tờ, hạn cuối 14/08/2026." in text
    assert "Phiếu yêu cầu bổ sung" in text
    assert "tạm dừng" in text
    assert "lần thứ" not in text


def test_second_supplement_round_is_named() -> None:
    rounds = (supplement(3, answered=days_before(10)), supplement(1))
    text = said(found("5", supplement_requests=rounds))
    assert "(yêu cầu bổ sung lần thứ 2)" in text
    assert "Cổng không ghi hạn cuối" in text


def test_supplement_already_handed_in_is_not_asked_for_again() -> None:
    text = said(found("5", supplement_requests=(supplement(2, answered=days_before(1)),)))
    assert "đã ghi nhận giấy tờ Ông/Bà bổ sung ngày 04/08/2026" in text
    assert "cần bổ sung" not in text


def test_supplement_without_details_still_says_who_must_act() -> None:
    assert "Ông/Bà cần bổ sung giấy tờ theo yêu cầu" in said(found("5"))


def test_citizens_duty_named_by_the_portal_wins_over_the_table() -> None:
    assert "thuộc về Ông/Bà" in said(found("4", must_act="citizen"))
    assert "thuộc về cơ quan giải quyết" in said(found("8", must_act="agency"))
    assert "thuộc về Ông/Bà" in said(found("6", must_act="agency"))


def test_payment_names_only_the_official_way() -> None:
    text = said(found("6"))
    assert "trang thanh toán chính thức" in text
    assert "Tôi không gửi số tài khoản" in text


def test_stale_data_are_named_so() -> None:
    assert "đã lâu chưa được cập nhật" in said(Found(dossier(), NOW - timedelta(days=4), stale=True))


@pytest.mark.parametrize(
    ("due", "line"),
    [
        (date(2026, 8, 5), "05/08/2026 (hôm nay)."),
        (date(2026, 8, 6), "06/08/2026 (còn 01 ngày làm việc)."),
        (date(2026, 8, 11), "11/08/2026 (còn 03 ngày làm việc)."),
        (date(2027, 1, 4), "04/01/2027."),
        (date(9999, 1, 4), "04/01/9999."),
    ],
)
def test_days_left_are_counted_only_where_the_calendar_knows_them(due: date, line: str) -> None:
    assert f"Ngày hẹn trả: {line}" in said(found(due_at=Moment(due)))


def test_without_a_calendar_no_days_are_counted() -> None:
    assert "còn" not in render_status(found(), None, NOW)[0].text


def test_wrong_pair_says_where_both_codes_stand_and_nothing_more() -> None:
    (message,) = render_status(NotFoundOrWrongFactor(), CALENDAR, NOW)
    assert "Giấy tiếp nhận hồ sơ và hẹn trả kết quả" in message.text
    assert message.expects == "lookup_code"


def test_lock_out_says_when_to_try_again() -> None:
    text = said(LockedOut(datetime(2026, 8, 5, 7, 44, 30, tzinfo=VIETNAM_TIME)))
    assert "từ 7 giờ 45 ngày 05/08/2026" in text


def test_portal_away_without_memory_is_honest_and_offers_a_person() -> None:
    (message,) = render_status(PortalAway(None), CALENDAR, NOW)
    assert "không trả lời" in message.text
    assert message.kind == "apology"
    assert message.buttons[0].intent == "talk_to_officer"


def test_portal_away_shows_the_last_known_state_with_its_own_time_and_concludes_nothing() -> None:
    before = dossier(as_of=NOW - timedelta(hours=3), due_at=days_before(1))
    messages = render_status(PortalAway(before), CALENDAR, NOW)
    text = "\n".join(message.text for message in messages)
    assert "tình trạng gần nhất tôi tra cứu được" in text
    assert "lúc 11 giờ 30 ngày 05/08/2026" in text
    assert "xin lỗi" not in text
    assert "còn" not in text
    assert messages[-1].buttons[0].intent == "talk_to_officer"


ALL_OUTCOMES: list[StatusOutcome] = [
    NotFoundOrWrongFactor(),
    LockedOut(NOW),
    PortalAway(None),
    PortalAway(dossier()),
    *(found(str(code), due_at=days_before(3), ended_at=days_before(1)) for code in range(1, 13)),
    found("5", supplement_requests=(supplement(), supplement())),
    found("9", source_system="national"),
]


@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize("outcome", ALL_OUTCOMES)
def test_rules_of_every_message(outcome: StatusOutcome, language: str) -> None:
    messages = render_status(outcome, CALENDAR, NOW, language=language)
    for message in messages:
        assert "260731" not in message.text, "the dossier code is shown by its last four digits only"
        assert "{" not in message.text
        assert message.text.count("\n") < 7
        assert BotMessage.from_json(message.to_json()) == message
    assert [bool(message.buttons) for message in messages] == [False] * (len(messages) - 1) + [True]


def test_personal_numbers_in_the_portals_own_words_are_masked() -> None:
    text = said(found(current_step="Hồ sơ của CCCD 024099001234", current_unit="Gọi 0912345678"))
    assert "024099001234" not in text
    assert "0912345678" not in text


@settings(deadline=None)
@given(st.text(min_size=1, max_size=60), st.text(min_size=1, max_size=60))
def test_braces_and_junk_of_the_portal_do_not_break_a_message(step: str, unit: str) -> None:
    assert said(found(current_step=step + "{code}", current_unit=unit))
