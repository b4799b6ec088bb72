"""Changes reach the citizen once, when and where they may be written to."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from sqlalchemy import update

from bot.conversations.deletion import forget_citizen
from bot.outreach.listing import list_notices
from bot.portal.moments import Moment
from bot.storage.channel_models import ChannelAccount
from bot.storage.database import writing
from bot.storage.dossier_models import DossierNotice, DossierWatch
from bot.storage.models import Conversation
from tests.bot.outreach.conftest import CODE, OTHER_CODE, House, asked_for_papers, made


def test_a_change_is_told_once_masked_with_source_and_a_way_to_stop(house: House) -> None:
    watch_id = house.follows(house.citizen())
    due = Moment(house.clock().date() + timedelta(days=7))
    dossier = made(status="4", due_at=due, current_step="Thẩm định hồ sơ của 0912345678")
    assert house.changed(watch_id, dossier, change_id="chg_a") == "noted"
    assert house.changed(watch_id, dossier, change_id="chg_a") == "known"
    assert house.tell().told == 1
    assert house.tell().told == 0
    [message] = house.heard()
    for part in ("có thay đổi", "***0001: Đang xử lý", "30/11/2026", "Theo Cổng dịch vụ công", "chưa cần làm gì thêm"):
        assert part in message.text
    assert CODE not in message.text
    assert "0912345678" not in message.text
    assert [(button.title, button.intent, dict(button.entities)) for button in message.buttons] == [
        ("Ngừng thông báo", "unsubscribe", {"refs": watch_id})
    ]
    assert message.sources[0].title == "Cổng dịch vụ công"


def test_an_older_state_that_comes_late_is_not_told_as_new(house: House) -> None:
    watch_id = house.follows(house.citizen())
    before = house.clock()
    house.clock.move(minutes=5)
    assert house.changed(watch_id, made(status="9")) == "noted"
    assert house.changed(watch_id, made(status="4"), at=before) == "older"
    house.tell()
    assert house.notices()[0] == ("told", None)
    assert ("not_told", "older") in house.notices()
    assert len(house.texts()) == 1


def test_at_night_nothing_is_said_and_in_the_morning_only_the_latest(house: House, at_night: Callable[[], None]) -> None:
    watch_id = house.follows(house.citizen())
    at_night()
    house.changed(watch_id, made(status="2"))
    house.clock.move(minutes=1)
    house.changed(watch_id, made(status="4"))
    house.tell()
    assert house.texts() == []
    house.clock.move(hours=9)
    house.tell()
    assert house.notices() == [("not_told", "superseded"), ("told", None)]
    [text] = house.texts()
    assert "Đang xử lý" in text


def test_by_day_every_change_is_told_in_its_order(house: House) -> None:
    watch_id = house.follows(house.citizen())
    house.changed(watch_id, made(status="2"))
    house.clock.move(seconds=1)
    house.changed(watch_id, made(status="4"))
    house.tell()
    first, second = house.texts()
    assert "Được tiếp nhận" in first
    assert "Đang xử lý" in second


def test_what_was_due_by_day_and_not_told_in_time_waits_for_the_morning(house: House, at_night: Callable[[], None]) -> None:
    watch_id = house.follows(house.citizen())
    house.changed(watch_id, made(status="9"))
    at_night()
    assert house.tell().told == 0
    house.clock.move(hours=9)
    assert house.tell().told == 1


def test_the_last_notice_says_that_it_is_the_last(house: House) -> None:
    watch_id = house.follows(house.citizen())
    house.changed(watch_id, made(status="10"))
    house.tell()
    [message] = house.heard()
    assert "thông báo cuối" in message.text
    assert message.buttons == ()
    assert house.watch(watch_id).state == "ended"
    assert not house.watch(watch_id).portal_ended
    assert house.changed(watch_id, made(status="4")) == "not_watched"


def test_where_the_portal_says_that_nothing_more_comes_it_need_not_be_told(house: House) -> None:
    watch_id = house.follows(house.citizen())
    house.changed(watch_id, made(status="8"), ended=True)
    assert house.watch(watch_id).portal_ended


def test_a_code_that_stands_for_several_states_ends_nothing(house: House) -> None:
    watch_id = house.follows(house.citizen())
    house.changed(watch_id, made(status="11"))
    house.tell()
    assert house.watch(watch_id).state == "active"
    assert "chưa xác định" in house.texts()[0]


def test_outside_the_window_it_is_told_when_the_citizen_writes_again(house: House) -> None:
    watch_id = house.follows(house.citizen("f1", "facebook"))
    house.clock.move(hours=25)
    house.changed(watch_id, made(status="2"))
    house.clock.move(seconds=1)
    house.changed(watch_id, made(status="4"))
    assert house.tell().not_told == 2
    assert {reason for _, reason in house.notices()} == {"window_closed"}
    with house.database.sessions() as session:
        assert len(list_notices(session, not_told=True)) == 2
    house.clock.move(hours=1)
    house.acts("f1")
    house.tell()
    house.tell()
    [text] = house.texts("f1")
    assert "Trong lúc Ông/Bà vắng" in text
    assert "Đang xử lý" in text
    assert house.notices() == [("not_told", "superseded"), ("told", "late")]


def test_on_zalo_the_quota_is_used_after_two_days_and_waited_for_where_it_is_used_up(house: House) -> None:
    watch_id = house.follows(house.citizen("z1", "zalo"))
    house.clock.move(hours=72)
    house.changed(watch_id, made(status="2"))
    assert house.tell().told == 1
    with writing(house.database.sessions) as session:
        session.add(ChannelAccount(channel="zalo", account="oa", quota_left=0))
    house.changed(watch_id, made(status="4"), at=house.clock() + timedelta(seconds=1))
    assert house.tell().told == 0
    with writing(house.database.sessions) as session:
        session.execute(update(ChannelAccount).values(quota_left=5))
    assert house.tell().told == 0
    house.clock.move(hours=1)
    assert house.tell().told == 1


def test_another_conversation_of_the_same_person_is_written_to_and_nobody_elses(house: House) -> None:
    watch_id = house.follows(house.citizen("f1", "facebook", person="p1"))
    house.citizen("w2", "webchat", person="p2")
    house.citizen("w1", "webchat", person="p1")
    house.clock.move(hours=25)
    house.changed(watch_id, made(status="9"))
    house.tell()
    assert house.texts("w2") == house.texts("f1") == []
    assert "Đã xử lý xong" in house.texts("w1")[0]
    assert house.notices()[0] == ("told", "elsewhere")
    # The one word works there too; a stranger's does not.
    assert house.watches.of_last_message("w1") == watch_id
    assert house.watches.stop("w2", [watch_id], house.clock()) == ()
    assert len(house.watches.stop("w1", [watch_id], house.clock())) == 1


def test_it_is_told_while_an_officer_owns_the_conversation_and_not_where_nobody_knows_who_does(house: House) -> None:
    watch_id = house.follows(house.citizen())
    with writing(house.database.sessions) as session:
        session.get_one(Conversation, "c1").speaker = "officer"
    house.changed(watch_id, made(status="2"))
    assert house.tell().told == 1
    with writing(house.database.sessions) as session:
        session.get_one(Conversation, "c1").speaker = "somebody"
    house.clock.move(seconds=1)
    house.changed(watch_id, made(status="4"))
    assert house.tell().told == 0


def test_who_unsubscribed_hears_nothing_more(house: House, at_night: Callable[[], None]) -> None:
    watch_id = house.follows(house.citizen())
    at_night()
    house.changed(watch_id, made(status="4"))
    assert [one.shown for one in house.watches.stop("c1", [watch_id], house.clock())] == ["***0001"]
    house.clock.move(hours=9)
    assert house.tell().told == 0
    assert house.texts() == []
    assert house.notices() == [("not_told", "unsubscribed")]
    assert house.changed(watch_id, made(status="9")) == "not_watched"
    house.follows("c1")


def test_several_workers_at_once_tell_each_change_once(house: House) -> None:
    watches = [house.follows(house.citizen(f"c{n}")) for n in range(6)]
    for watch_id in watches:
        house.changed(watch_id, made(status="4"))
    with ThreadPoolExecutor(4) as workers:
        rounds = [done.result() for done in [workers.submit(house.tell) for _ in range(4)]]
    house.tell()
    assert [len(house.texts(f"c{n}")) for n in range(6)] == [1] * 6
    assert sum(one.told for one in rounds) <= 6


def test_the_same_change_over_two_ways_at_once_is_one_notice(house: House) -> None:
    watch_id = house.follows(house.citizen())
    with ThreadPoolExecutor(4) as ways:
        taken = [ways.submit(house.changed, watch_id, made(status="4"), change_id="chg_same") for _ in range(4)]
    assert sorted(one.result() for one in taken) == ["known", "known", "known", "noted"]


def test_deleted_data_end_the_watch_and_name_no_dossier(house: House, at_night: Callable[[], None]) -> None:
    watch_id = house.follows(house.citizen())
    at_night()
    house.changed(watch_id, made(status="4"))
    with writing(house.database.sessions) as session:
        forget_citizen(session, session.get_one(Conversation, "c1"), house.clock())
    house.clock.move(hours=9)
    assert house.tell().told == 0
    watch = house.watch(watch_id)
    assert (watch.state, watch.end_reason) == ("ended", "forgotten")
    assert (watch.shown, watch.dossier_key, watch.status_code) == ("", "", None)
    assert not watch.portal_ended
    assert house.notices() == [("not_told", "forgotten")]
    with house.database.sessions() as session:
        assert session.query(DossierNotice).one().content is None


def test_neither_code_nor_hash_of_another_key_is_in_the_tables(house: House) -> None:
    house.follows(house.citizen())
    with house.database.sessions() as session:
        row = session.query(DossierWatch).one()
    assert CODE not in repr(vars(row))
    assert "261120" not in repr(vars(row))


@pytest.mark.parametrize("days", [1, 3])
def test_a_supplement_is_reminded_of_on_working_days_before_its_deadline(house: House, days: int) -> None:
    # Deadline: Tuesday 01/12/2026; three working days before is Thursday, one is Monday.
    house.follows(house.citizen(), dossier=asked_for_papers("2026-12-01"))
    house.clock.now = datetime.fromisoformat({3: "2026-11-26", 1: "2026-11-30"}[days] + "T07:59:00+07:00")
    told = house.tell().told
    assert told == (1 if days == 1 else 0)
    house.clock.move(minutes=1)
    assert house.tell().told == 1
    assert all("01/12/2026" in text and "***0001" in text for text in house.texts())


def test_papers_that_were_handed_in_are_not_reminded_of(house: House) -> None:
    watch_id = house.follows(house.citizen(), dossier=asked_for_papers("2026-12-01"))
    house.changed(watch_id, made(status="4"))
    house.tell()
    assert house.notices().count(("not_told", "no_longer_true")) == 2
    house.clock.move(days=10)
    assert house.tell().told == 0


def test_a_new_deadline_takes_the_place_of_the_old_one(house: House) -> None:
    watch_id = house.follows(house.citizen(), dossier=asked_for_papers("2026-12-01"))
    house.changed(watch_id, asked_for_papers("2026-12-04"))
    house.tell()
    house.clock.move(days=30)
    # Too late to be true: the deadline is over.
    assert house.tell().told == 0
    assert house.notices().count(("not_told", "no_longer_true")) == 4


def test_a_result_is_reminded_of_once_after_three_days_unless_it_was_collected(house: House) -> None:
    waits, collected = house.follows(house.citizen("c1")), house.follows(house.citizen("c2"), OTHER_CODE)
    place = {"result_method": "counter", "result_place": "Trung tâm Kinh Bắc"}
    house.changed(waits, made(status="9", **place))
    house.changed(collected, made(OTHER_CODE, status="9", **place))
    house.tell()
    house.clock.move(days=1)
    house.changed(collected, made(OTHER_CODE, status="10", **place))
    house.changed(waits, made(status="9", **place))
    house.tell()
    house.clock.move(days=5)
    house.tell()
    assert [text.startswith("Nhắc") for text in house.texts("c1")] == [False, False, True]
    assert "Trung tâm Kinh Bắc" in house.texts("c1")[-1]
    assert [text.startswith("Nhắc") for text in house.texts("c2")] == [False, False]


def test_a_result_that_comes_by_post_is_not_to_be_collected(house: House) -> None:
    watch_id = house.follows(house.citizen())
    house.changed(watch_id, made(status="9", result_method="post"))
    house.clock.move(days=9)
    house.tell()
    assert len(house.texts()) == 1
