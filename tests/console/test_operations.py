"""``/operations`` over HTTP: what runs, what waits, what needs a person."""

from datetime import datetime, timedelta

import pytest

from bot import __version__
from bot.accounts.permissions import Role
from bot.operations.state import by_five_minutes
from bot.storage.channel_models import ChannelAccount, Delivery
from bot.storage.database import writing
from bot.storage.evidence_models import ScheduledTurn
from bot.storage.models import Conversation, Heartbeat, Inbound, Outbound
from bot.storage.sync_models import ServiceProbe
from console.pages.operations import size_in_words
from tests.console.conftest import RunningConsole, words


@pytest.fixture
def troubled(console: RunningConsole) -> RunningConsole:
    """A product with a silent worker, an old message, a channel that needs a person and a message that did not arrive."""
    now = console.clock.now
    with writing(console.database.sessions) as session:
        session.add(Conversation(id="c1", channel="zalo", account="oa", external_id="secret-citizen", opened_at=now))
        session.flush()
        for number, (minutes, outcome, took) in enumerate([(50, "answered", 4), (50, "answered", 6), (3, None, 0)], start=1):
            came = now - timedelta(minutes=minutes)
            session.add(
                Inbound(
                    conversation_id="c1",
                    channel="zalo",
                    account="oa",
                    event_id=f"e{number}",
                    seq=number,
                    text="điều riêng tư",
                    received_at=came,
                    outcome=outcome,
                    finished_at=came + timedelta(seconds=took) if outcome else None,
                )
            )
        line = Outbound(
            conversation_id="c1", author="bot", message={}, state="dead", idempotency_key="k", created_at=now - timedelta(hours=1)
        )
        session.add(line)
        session.flush()
        part = Delivery(
            outbound_id=line.id,
            conversation_id="c1",
            part=0,
            call={"method": "m", "body": {}},
            shown="điều riêng tư",
            state="dead",
            error="window_closed",
            attempts=1,
            created_at=now,
        )
        session.add(part)
        session.add(ChannelAccount(channel="zalo", account="oa", state="needs_attention", reason="token_refused"))
        session.add(Heartbeat(name="w1", kind="worker", beat_at=now - timedelta(minutes=5)))
        session.add(Heartbeat(name="s1", kind="sender", beat_at=now - timedelta(seconds=2), version="0.9.7"))
        session.add(ServiceProbe(part="portal", at=now - timedelta(minutes=1), state="down"))
        session.add(ScheduledTurn(name="usage_month", taken_at=now, done_at=None))
    return console


def test_the_page_says_what_needs_a_person(troubled: RunningConsole) -> None:
    answer = troubled.signed_in("chu", Role.ADMINISTRATOR).get("/operations")
    page = words(answer)
    for worry in (
        "Không bộ xử lý tin nhắn nào hoạt động",
        "chờ trả lời hơn 2 phút",
        "Có kênh cần người xử lý",
        "Cổng dịch vụ công",
        "khác bản phát hành",
    ):
        assert worry in page
    assert "Bộ xử lý tin nhắn w1 bản cũ, không ghi 5 phút trước im lặng" in page
    assert "Bộ gửi tin nhắn s1 0.9.7 dưới 1 phút trước hoạt động" in page
    assert "cần người xử lý (token_refused)" in page
    assert "usage_month" in page
    assert "Không gửi được window_closed" in page
    assert "3 tin đến, 2 tin đã có kết quả" in page
    assert 'hx-get="/operations/state" hx-trigger="every 10s"' in answer.text
    for private in ("secret-citizen", "riêng tư", ">c1<"):
        assert private not in answer.text


def test_a_quiet_product_is_said_to_be_well(console: RunningConsole) -> None:
    with writing(console.database.sessions) as session:
        session.add(Heartbeat(name="w1", kind="worker", beat_at=console.clock.now + timedelta(seconds=31), version=__version__))
    page = words(console.signed_in("chu", Role.ADMINISTRATOR).get("/operations"))
    assert "Mọi phần hoạt động bình thường" in page
    assert "không ai chờ" in page


@pytest.mark.parametrize(
    ("state", "said", "not_said"), [("starting", "đang khởi động", "KHÔNG trả lời"), ("down", "KHÔNG trả lời", "đang khởi động")]
)
def test_an_assistant_that_is_starting_is_told_from_one_that_is_down(
    console: RunningConsole, state: str, said: str, not_said: str
) -> None:
    now = console.clock.now
    with writing(console.database.sessions) as session:
        session.add(Heartbeat(name="w1", kind="worker", beat_at=now + timedelta(seconds=31), version=__version__))
        session.add(ServiceProbe(part="assistant", at=now - timedelta(seconds=30), state=state))
    page = words(console.signed_in("chu", Role.ADMINISTRATOR).get("/operations"))
    assert f"Trợ lý tự động {said}" in page
    assert not_said not in page
    assert ("Trợ lý không trả lời được" in page) == (state == "down")
    assert "Mọi phần hoạt động bình thường" not in page


def test_releases_are_compared_among_what_lives_and_with_the_console(console: RunningConsole) -> None:
    now, visitor = console.clock.now, console.signed_in("chu", Role.ADMINISTRATOR)
    with writing(console.database.sessions) as session:
        session.add(Heartbeat(name="new", kind="worker", beat_at=now + timedelta(seconds=31), version=__version__))
        session.add(Heartbeat(name="gone", kind="worker", beat_at=now - timedelta(minutes=5), version="0.9.7"))
    assert "khác bản phát hành" not in words(visitor.get("/operations"))
    with writing(console.database.sessions) as session:
        session.add(Heartbeat(name="old", kind="worker", beat_at=now + timedelta(seconds=31), version="0.9.7"))
    console.services.operations.forget()
    page = words(visitor.get("/operations"))
    assert "khác bản phát hành" in page
    assert "old 0.9.7" in page


def test_the_changing_part_comes_alone_and_the_refreshing_can_be_stopped(console: RunningConsole) -> None:
    visitor = console.signed_in("chu", Role.ADMINISTRATOR)
    part = visitor.get("/operations/state").text
    assert "<html" not in part
    assert 'id="op-now"' in part
    still = visitor.get("/operations?still=1").text
    assert "every 10s" not in still
    assert "Bật tự làm mới" in still


def test_pages_share_one_reading_for_some_seconds(troubled: RunningConsole, monkeypatch: pytest.MonkeyPatch) -> None:
    visitor, seconds = troubled.signed_in("chu", Role.ADMINISTRATOR), [0.0]
    monkeypatch.setattr(troubled.services.operations, "_monotonic", lambda: seconds[0])
    visitor.get("/operations")
    with writing(troubled.database.sessions) as session:
        session.add(Heartbeat(name="w2-new", kind="worker", beat_at=troubled.clock.now))
    assert "w2-new" not in visitor.get("/operations/state").text
    seconds[0] = 5.0
    assert "w2-new" in visitor.get("/operations/state").text


def test_an_administrator_sends_a_message_again_and_that_is_recorded(troubled: RunningConsole) -> None:
    visitor = troubled.signed_in("chu", Role.ADMINISTRATOR)
    answer = visitor.post("/operations/unsent/1/again")
    assert answer.headers["location"] == "/operations?done=sent_again"
    with troubled.database.sessions() as session:
        assert session.get_one(Delivery, 1).state == "pending"
    assert troubled.acts()[-1] == "message.sent_again"
    assert "Tin sẽ được gửi lại" in words(visitor.get("/operations?done=sent_again"))
    assert visitor.post("/operations/unsent/1/again").headers["location"] == "/operations?done=not_unsent"
    assert troubled.acts().count("message.sent_again") == 1


def test_a_supervisor_reads_and_sends_nothing(troubled: RunningConsole) -> None:
    visitor = troubled.signed_in("truong", Role.SUPERVISOR)
    page = visitor.get("/operations")
    assert page.status_code == 200
    assert "/again" not in page.text
    assert visitor.post("/operations/unsent/1/again").status_code == 403


@pytest.mark.parametrize("role", [Role.OFFICER, Role.TRAINER, Role.AUDITOR])
def test_others_see_nothing_of_it(console: RunningConsole, role: Role) -> None:
    visitor = console.signed_in("lan", role)
    assert visitor.get("/operations").status_code == 403
    assert visitor.get("/operations/state").status_code == 403
    assert "/operations" not in visitor.get("/").text


def test_sizes_are_told_in_words() -> None:
    assert [size_in_words(size) for size in (512_000, 310e6, 4.24e9, 270.6e9)] == ["1 MB", "310 MB", "4,2 GB", "271 GB"]


def test_messages_fall_into_their_five_minutes() -> None:
    begins = datetime.fromisoformat("2026-11-23T03:00:00+00:00")
    after = [timedelta(seconds=seconds) for seconds in (0, 299, 300, 3599, 3600)]
    hour = by_five_minutes(
        [(begins + one, begins + one + timedelta(seconds=2)) for one in after[:4]] + [(begins + after[4], None)], begins
    )
    assert [one.arrived for one in hour] == [2, 1, *[0] * 9, 2]
    assert [hour[place].mean_seconds for place in (0, 5, 11)] == [2.0, None, 2.0]
    assert hour[11].ended == 1
