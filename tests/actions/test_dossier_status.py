"""The status as a citizen hears it from a portal that misbehaves, through the action server's service and over HTTP."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from bot.storage.database import Database
from tests.actions.status_talk import StatusTalk

NAMES_AND_PLACES = ("Mẫu Thử", "Đường Mẫu Thử", "000000000001", "Giấy tờ 1", "0000121", "Trần Văn")
"""What the simulator's records hold of the citizen: owner, address, number, papers, telephone, officer."""


@pytest.fixture
def talk(small_ledger: Database, portal: Any) -> Iterator[StatusTalk]:
    made = StatusTalk(small_ledger, portal)
    yield made
    made.lookup.close()


def told(talk: StatusTalk, portal: Any, name: str) -> str:
    demo = portal.by_counter[name]
    talk.forgets_the_last_minute()
    return talk.says(f"{demo.code} mã tra cứu {demo.lookup_code}", "check_status")


def test_no_level_one_answer_holds_a_name_an_address_a_number_or_a_paper(talk: StatusTalk, portal: Any) -> None:
    for name in portal.by_counter:
        demo = portal.by_counter[name]
        by_slip = told(talk, portal, name)
        assert "***" + demo.code[-4:] in by_slip
        said = by_slip + str([message.to_json() for message in talk.messages])
        for private in (*NAMES_AND_PLACES, demo.code, demo.lookup_code):
            assert private not in said, (name, private)
        portal.control("reset", {})


def test_a_proof_by_telephone_tells_no_more_than_the_slip(talk: StatusTalk, portal: Any) -> None:
    demo = portal.by_counter["H05.0005"]
    talk.says(demo.code, "check_status")
    talk.presses("Nhận mã qua điện thoại")
    talk.says(demo.record["SoDienThoai"][-4:])
    said = talk.says(portal.control("sms")[0]["code"])
    assert "cần bổ sung 02 giấy tờ" in said
    for private in NAMES_AND_PLACES:
        assert private not in said


@pytest.mark.parametrize(
    ("mode", "name", "words"),
    [
        ("flattened_9", "H05.0005", "xin kiểm tra với nơi nộp"),
        ("missing_dates", "H05.0001", "Cổng không ghi ngày hẹn trả"),
        ("date_only", "H05.0001", "Ngày tiếp nhận: "),
        ("two_supplements", "H05.0001", "(yêu cầu bổ sung lần thứ 2)"),
        ("expired_token", "H05.0001", "Đang xử lý"),
        ("nfd", "H05.0001", "Trung tâm Phục vụ hành chính công phường Kinh Bắc"),
        ("html_503", "H05.0001", "Cổng dịch vụ công hiện không trả lời"),
        ("http_500", "H05.0001", "Cổng dịch vụ công hiện không trả lời"),
        ("wrong_json", "H05.0001", "Cổng dịch vụ công hiện không trả lời"),
        ("duplicate_codes", "H05.0001", "Cổng dịch vụ công hiện không trả lời"),
    ],
)
def test_a_misbehaving_source_is_told_sensibly(talk: StatusTalk, portal: Any, mode: str, name: str, words: str) -> None:
    portal.fault(mode, count=1 if mode == "expired_token" else None)
    said = told(talk, portal, name)
    assert words in said
    assert "Gặp cán bộ" in [button.title for button in talk.buttons]
    assert "<html" not in said.lower()


def test_another_dossier_with_the_same_number_is_never_shown(talk: StatusTalk, portal: Any) -> None:
    """The source mixes up the prefixes: what belongs to somebody else is not told, the right one is after the mix-up."""
    portal.fault("duplicate_codes", count=1)
    assert "Xác nhận tình trạng hôn nhân" not in told(talk, portal, "H05.0001")
    assert "Đang xử lý" in told(talk, portal, "H05.0001")


def test_two_supplement_rounds_are_told_with_their_days(talk: StatusTalk, portal: Any) -> None:
    said = told(talk, portal, "H05.0013")
    assert said.count("yêu cầu bổ sung ") >= 3
    assert "đã nhận bổ sung" in said


def test_a_portal_that_is_away_tells_the_last_known_status_after_a_restart(
    talk: StatusTalk, portal: Any, small_ledger: Database
) -> None:
    told(talk, portal, "H05.0001")
    portal.fault("html_503")
    restarted = StatusTalk(small_ledger, portal)
    said = told(restarted, portal, "H05.0001")
    assert "tình trạng gần nhất tôi tra cứu được, lúc " in said
    assert "Đang xử lý" in said
    assert [button.intent for button in restarted.buttons] == ["subscribe_updates", "talk_to_officer"]
    assert restarted.state.proof_ref is not None, "both proofs wait for the next try"
    restarted.lookup.close()


def test_nobody_else_is_told_the_last_known_status(talk: StatusTalk, portal: Any, small_ledger: Database) -> None:
    told(talk, portal, "H05.0001")
    portal.fault("html_503")
    other = StatusTalk(small_ledger, portal, "stranger")
    assert "Đang xử lý" not in told(other, portal, "H05.0001")
    talk.forgets_the_last_minute()
    assert "Đang xử lý" not in talk.says(portal.by_counter["H05.0001"].code + " mã tra cứu ZZZ9", "check_status")
    other.lookup.close()


def test_the_last_known_status_is_told_for_a_day_only(talk: StatusTalk, portal: Any) -> None:
    told(talk, portal, "H05.0001")
    portal.fault("html_503")
    talk.shift.by = timedelta(hours=25)
    assert "Đang xử lý" not in told(talk, portal, "H05.0001")


def test_wrong_code_and_wrong_factor_are_one_text(talk: StatusTalk, portal: Any) -> None:
    demo = portal.by_counter["H05.0001"]
    wrong_factor = talk.says(f"{demo.code} mã tra cứu ZZZ9", "check_status")
    wrong_code = talk.says("H05.12.3-260803-9876 mã tra cứu 7K2M", "check_status")
    assert wrong_factor == wrong_code


def test_five_wrong_pairs_lock_for_other_processes_too(talk: StatusTalk, portal: Any, small_ledger: Database) -> None:
    code = portal.by_counter["H05.0001"].code
    for number in range(5):
        talk.says(f"{code} mã tra cứu ZZ{number}9", "check_status")
    other_process = StatusTalk(small_ledger, portal)
    assert "tạm khoá" in told(other_process, portal, "H05.0002")
    other_process.lookup.close()


def test_an_address_has_a_limit_of_its_own(talk: StatusTalk, portal: Any, small_ledger: Database) -> None:
    demo = portal.by_counter["H05.0001"]
    for _ in range(20):
        talk.says(f"{demo.code} mã tra cứu {demo.lookup_code}", "check_status", address="home")
    neighbour = StatusTalk(small_ledger, portal, "neighbour")
    words = f"{demo.code} mã tra cứu {demo.lookup_code}"
    assert "tạm khoá" in neighbour.says(words, "check_status", address="home")
    assert "Đang xử lý" in neighbour.says(words, "check_status", address="elsewhere")
    assert "Đang xử lý" in neighbour.says(words, "check_status"), "a platform has no address"
    neighbour.lookup.close()


def test_the_ledger_read_raw_holds_no_code_and_no_proof(talk: StatusTalk, portal: Any, small_ledger: Database) -> None:
    demo = portal.by_counter["H05.0001"]
    told(talk, portal, "H05.0001")
    talk.says(f"{demo.code} mã tra cứu ZZZ9", "check_status", address="home")
    with small_ledger.sessions() as session:
        for table in ("inbound", "private_value", "known_dossier", "wrong_proof", "conversation"):
            raw = str(session.execute(text(f"SELECT * FROM {table}")).all())
            for secret in (demo.code, demo.code.rpartition("-")[0], demo.lookup_code, "ZZZ9"):
                assert secret not in raw, table
