"""Writing to a citizen who has been silent for 25 hours, 49 hours, 8 days: what each platform allows, and no more."""

import pytest

from tests.connectors.honesty.assistant import Assistant
from tests.connectors.honesty.marks import on_facebook, on_zalo
from tests.connectors.honesty.stands import Citizen, soon

SENT, CLOSED = ("sent", None), ("dead", "window_closed")


@pytest.mark.parametrize(
    ("channel", "hours", "notice", "officers"),
    [
        ("zalo", 25, SENT, SENT),
        ("zalo", 49, SENT, SENT),
        ("zalo", 8 * 24, CLOSED, CLOSED),
        ("facebook", 25, CLOSED, ("dead", "human_agent_not_granted")),
        ("facebook", 49, CLOSED, ("dead", "human_agent_not_granted")),
        ("facebook", 8 * 24, CLOSED, CLOSED),
        ("telegram", 25, SENT, SENT),
        ("telegram", 49, SENT, SENT),
        ("telegram", 8 * 24, SENT, SENT),
    ],
)
def test_who_may_write_after_a_silence(
    assistant: Assistant,
    citizen: Citizen,
    hours: int,
    notice: tuple[str, str | None],
    officers: tuple[str, str | None],
) -> None:
    citizen.say("xin chào")
    citizen.wait_heard(1)
    quota = paid_left(citizen)
    assistant.time.move(hours=hours)
    assert assistant.wait_end(assistant.tell(citizen, "Hồ sơ đã có kết quả")) == notice
    assert assistant.wait_end(assistant.tell(citizen, "Mời ông bà đến nhận", "officer")) == officers
    heard = citizen.heard()[1:]
    assert ("Hồ sơ đã có kết quả" in heard) == (notice == SENT)
    assert any("Mời ông bà đến nhận" in text for text in heard) == (officers == SENT)
    assert citizen.refused() == []
    if citizen.stand.name == "zalo" and hours == 49:
        account = assistant.account("zalo")
        assert account is not None
        assert account.quota_left == paid_left(citizen) < 2000
    else:
        assert paid_left(citizen) in (quota, 2000)  # a new month begins with a full quota
    citizen.say("tôi đây")
    soon(lambda: citizen.heard()[-1] == "Trả lời: tôi đây", what="the answer after the silence")


def paid_left(citizen: Citizen) -> int:
    return int(citizen.stand.order("/platform", method="GET")["facts"].get("paid_quota_left", 0))


@on_facebook
@pytest.mark.parametrize(("hours", "officers"), [(25, SENT), (49, SENT), (8 * 24, CLOSED)])
def test_with_the_feature_human_agent_only_an_officers_words_go_out_after_a_day(
    assistant: Assistant, citizen: Citizen, hours: int, officers: tuple[str, str | None]
) -> None:
    citizen.stand.knobs(human_agent_feature=True)
    with assistant.reconfigured(facebook_human_agent=True):
        citizen.say("xin chào")
        citizen.wait_heard(1)
        assistant.time.move(hours=hours)
        assert assistant.wait_end(assistant.tell(citizen, "Hồ sơ đã có kết quả")) == CLOSED
        assert assistant.wait_end(assistant.tell(citizen, "Mời ông bà đến nhận", "officer")) == officers
    heard = citizen.heard()[1:]
    assert len(heard) == (officers == SENT)
    assert all("Mời ông bà đến nhận" in text for text in heard)
    assert citizen.refused() == []
    citizen.stand.knobs(human_agent_feature=False)


@on_facebook
def test_a_message_that_waited_until_the_window_closed_is_not_sent(assistant: Assistant, citizen: Citizen) -> None:
    citizen.say("xin chào")
    citizen.wait_heard(1)
    assistant.time.move(hours=23)
    assistant.stop_sender()
    waiting = assistant.tell(citizen, "Hồ sơ đã có kết quả")
    assistant.time.move(hours=2)
    assistant.start_sender()
    assert assistant.wait_end(waiting) == CLOSED
    assert len(citizen.heard()) == 1
    assert citizen.refused() == []


@on_zalo
def test_an_official_account_without_quota_keeps_its_message_for_later(assistant: Assistant, citizen: Citizen) -> None:
    citizen.say("xin chào")
    citizen.wait_heard(1)
    assistant.time.move(hours=49)
    citizen.stand.knobs(paid_quota=0)
    notice = assistant.tell(citizen, "Hồ sơ đã có kết quả")
    try:
        soon(lambda: assistant.sent(citizen)[-1].error == "quota_used_up", what="the refusal")
    finally:
        citizen.stand.knobs(paid_quota=2000)
    assistant.time.move(hours=2)
    assert assistant.wait_end(notice) == SENT
    assert citizen.heard()[1:] == ["Hồ sơ đã có kết quả"]
