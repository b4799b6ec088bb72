"""The end of a submission at a portal that is a real server: papers, link, receipt, and what goes wrong on the way."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import select, text

from bot.conversations.deletion import forget_citizen
from bot.conversations.transcript import read_transcript
from bot.dossiers.paper_delivery import LEASE, PaperDelivery
from bot.dossiers.receipts import ReceiptPolling, Receipts
from bot.portal.http_portal import HttpPortal
from bot.storage.database import Database, writing
from bot.storage.dossier_models import PaperToAttach, Submission
from bot.storage.models import Conversation, Outbound
from tests.actions.form_talk import FormTalk
from tests.moving_clock import MovingClock

OWNER = "000000000001"
SHOP = "1.001612"
BIRTH = "1.001193"
EXTRACT = "2.000635"


@pytest.fixture
def clock() -> MovingClock:
    return MovingClock()


@pytest.fixture
def client(portal: Any) -> HttpPortal:
    made: HttpPortal = portal.client()
    return made


@pytest.fixture
def talk(database: Database, client: HttpPortal, clock: MovingClock) -> FormTalk:
    return FormTalk(database, client, clock=clock)


def delivery(talk: FormTalk, client: Any) -> PaperDelivery:
    return PaperDelivery(talk.database.sessions, client, talk.values, talk.clock)


def told(database: Database) -> list[Any]:
    with database.sessions() as session:
        return [line for line in read_transcript(session, "c1") if line.speaks == "system"]


def portal_link(talk: FormTalk) -> str:
    (line,) = [line for m in talk.last.messages for line in m.text.splitlines() if line.startswith("Mở Cổng")]
    return line.partition(": ")[2]


def submit(portal: Any, talk: FormTalk) -> None:
    """The citizen opens the link, pays what is due, signs and sends."""
    link, pay = portal_link(talk), [line for m in talk.last.messages for line in m.text.splitlines() if "thanh toán" in line]
    if pay:
        assert portal.browse(pay[0].rpartition(": ")[2], pay="1").status_code == 200
    portal.browse(link, person=OWNER)
    assert "Đã nộp hồ sơ" in portal.browse(link, person=OWNER, step="sign").text


def test_papers_go_to_the_portal_and_then_the_citizen_gets_the_link(talk: FormTalk, client: HttpPortal, portal: Any) -> None:
    talk.fills_in(BIRTH, papers="upload")
    said = talk.says("đúng rồi", "affirm", 0.9)
    assert "đang được chuyển" in said
    assert "Mở Cổng" not in said
    work = delivery(talk, client)
    while work.run_once():
        pass
    (line,) = told(talk.database)
    assert "Giấy tờ đã chuyển đủ" in line.text
    (button,) = line.message.buttons
    talk.acts(button.intent, **button.entities)
    submit(portal, talk)
    (draft,) = portal.control("drafts")
    assert draft["files"]
    assert draft["status"] == "submitted"


def test_a_paper_that_was_in_hand_when_the_worker_died_is_sent_by_the_next(
    talk: FormTalk, client: HttpPortal, portal: Any, clock: MovingClock
) -> None:
    talk.fills_in(BIRTH, papers="upload")
    talk.says("đúng rồi", "affirm", 0.9)
    dead = delivery(talk, client)
    assert dead._claim() is not None, "taken, and then the process is gone"
    after = delivery(talk, client)
    while after.run_once():
        pass
    waiting = talk.submissions._ledger.state_of(own_draft(talk), "c1")
    assert waiting is not None
    assert waiting.waiting == 1
    clock.move(seconds=LEASE.total_seconds() + 1)
    assert after.run_once()
    assert "Giấy tờ đã chuyển đủ" in told(talk.database)[-1].text
    assert len(portal.control("drafts")[0]["files"]) == 2, "each file once"


def own_draft(talk: FormTalk) -> str:
    with talk.database.sessions() as session:
        return session.scalars(select(Submission.draft_id)).one().rpartition("-")[0]


def test_two_workers_send_each_paper_once(talk: FormTalk, client: HttpPortal, portal: Any) -> None:
    talk.fills_in(BIRTH, papers="upload")
    talk.says("đúng rồi", "affirm", 0.9)

    def works() -> int:
        work, done = delivery(talk, client), 0
        while work.run_once():
            done += 1
        return done

    with ThreadPoolExecutor(2) as pool:
        done = sum(pool.map(lambda _: works(), range(2)))
    (draft,) = portal.control("drafts")
    assert len(draft["files"]) == done
    assert len(told(talk.database)) == 1


def test_a_portal_that_is_away_gets_the_papers_later(talk: FormTalk, client: HttpPortal, portal: Any, clock: MovingClock) -> None:
    talk.fills_in(BIRTH, papers="upload")
    talk.says("đúng rồi", "affirm", 0.9)
    portal.fault("html_503")
    work = delivery(talk, client)
    while work.run_once():
        pass
    assert told(talk.database) == []
    portal.control("reset", {})
    assert not work.run_once(), "not at once again"
    clock.move(minutes=1)
    while work.run_once():
        pass
    assert "Giấy tờ đã chuyển đủ" in told(talk.database)[-1].text


def test_a_refused_paper_is_told_once_and_sent_anew(talk: FormTalk, client: HttpPortal, portal: Any) -> None:
    talk.fills_in(BIRTH, papers="upload")
    talk.says("đúng rồi", "affirm", 0.9)
    with writing(talk.database.sessions) as session:
        first = session.scalars(select(PaperToAttach).order_by(PaperToAttach.id)).first()
        assert first is not None
        first.attachment_id = talk_broken = first.attachment_id
        session.execute(
            text("UPDATE attachment SET content = :c WHERE id = :i"), {"c": talk.values.encrypt(b"x"), "i": talk_broken}
        )
    work = delivery(talk, client)
    while work.run_once():
        pass
    (line,) = told(talk.database)
    assert "chưa nhận giấy tờ" in line.text
    assert first.title in line.text
    (again,) = line.message.buttons
    assert "chưa tới được" in talk.acts(again.intent, **again.entities)
    talk.sends_files(1)
    talk.says("đúng rồi", "affirm", 0.9)
    while work.run_once():
        pass
    assert "Giấy tờ đã chuyển đủ" in told(talk.database)[-1].text
    drafts = portal.control("drafts")
    assert len(drafts) == 2, "papers of a draft are fixed at the portal: one that was set right is another draft"
    with talk.database.sessions() as session:
        assert sorted(session.scalars(select(Submission.state))) == ["discarded", "handed_over"]


def test_the_receipt_comes_once_and_no_table_holds_its_codes(
    talk: FormTalk, client: HttpPortal, portal: Any, clock: MovingClock
) -> None:
    talk.fills_in(EXTRACT)
    talk.says("đúng rồi", "affirm", 0.9)
    submit(portal, talk)
    receipts = Receipts(talk.values)
    polling = ReceiptPolling(talk.database.sessions, client, receipts, clock)
    assert polling.run_once() == 1
    # The webhook comes late, twice at once.
    with talk.database.sessions() as session:
        portal_draft = session.scalars(select(Submission.portal_draft_id)).one()
    sent = client.draft_state(portal_draft)

    def webhook(_: int) -> bool:
        with writing(talk.database.sessions) as session:
            return receipts.take_in_draft(session, sent, clock())

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(webhook, range(2))) == [False, False]
    assert sent.receipt is not None
    codes = {"code": sent.receipt.dossier_code, "lookup": sent.receipt.lookup_code or ""}
    (line,) = told(talk.database)
    assert f"***{codes['code'][-4:]}" in line.text
    assert codes["code"] not in line.text
    assert [one.title for one in line.message.buttons] == ["Theo dõi hồ sơ này", "Xem tình trạng"]
    raw = everything_in(talk.database)
    assert codes["code"] not in raw
    assert codes["lookup"] not in raw
    status = line.message.buttons[1]
    assert talk.acts(status.intent, **status.entities) == "Tình trạng hồ sơ."
    assert talk.dossiers.asked == [(codes["code"], codes["lookup"])]


def test_the_look_at_the_status_before_the_receipt_says_so(talk: FormTalk) -> None:
    talk.fills_in(EXTRACT)
    talk.says("đúng rồi", "affirm", 0.9)
    assert "chưa báo đã nhận" in talk.presses("status", draft=own_draft(talk))
    assert "chưa báo đã nhận" in talk.acts("subscribe_updates", draft=own_draft(talk))
    assert "chưa báo đã nhận" in talk.presses("status", draft="somebody-elses")


def test_polling_asks_rarely_and_only_for_what_waits(talk: FormTalk, client: HttpPortal, portal: Any, clock: MovingClock) -> None:
    talk.fills_in(EXTRACT)
    talk.says("đúng rồi", "affirm", 0.9)
    polling = ReceiptPolling(talk.database.sessions, client, Receipts(talk.values), clock)
    assert polling.run_once() == 0
    submit(portal, talk)
    assert polling.run_once() == 0, "another worker asked within the minute"
    clock.move(minutes=2)
    portal.fault("html_503")
    assert polling.run_once() == 0
    portal.control("reset", {})
    clock.move(minutes=2)
    assert polling.run_once() == 1
    clock.move(minutes=2)
    assert polling.run_once() == 0


def test_two_action_servers_at_once_make_one_draft(talk: FormTalk, portal: Any) -> None:
    talk.fills_in(EXTRACT)
    talk.submissions.take("c1", talk.state.draft_id or "", said_yes())
    draft = talk.state.draft_id or ""
    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(lambda _: talk.submissions.hand_over("c1", draft), range(4)))
    assert all("Mở Cổng" in turn.messages[-1].text for turn in made), [turn.messages for turn in made]
    assert len(portal.control("drafts")) == 1
    with talk.database.sessions() as session:
        assert len(session.scalars(select(Submission)).all()) == 1


def said_yes() -> Any:
    from bot.eforms.turns import Said

    return Said("đúng rồi")


def test_an_answer_that_got_lost_makes_no_second_draft(database: Database, portal: Any) -> None:
    talk = FormTalk(database, portal.client(total_seconds=1))
    talk.fills_in(EXTRACT)
    portal.fault("accept_then_timeout", seconds=3, count=1)
    assert "vẫn được giữ" in talk.says("đúng rồi", "affirm", 0.9)
    assert "Mở Cổng" in talk.presses_titled("Thử lại")
    assert len(portal.control("drafts")) == 1


def test_values_that_the_portal_refuses_are_asked_for_again(talk: FormTalk, portal: Any) -> None:
    talk.fills_in(SHOP)
    first = next(iter(talk.submissions._form(talk.draft).schema["properties"]))
    portal.fault("refuse_values", count=1)
    said = talk.says("đúng rồi", "affirm", 0.9)
    assert "chưa nhận nội dung của" in said
    assert talk.state.draft_id is not None
    assert talk.asked.path.startswith(first)
    for _ in range(30):
        buttons = [one for m in talk.last.messages for one in m.buttons]
        if any(one.entities.get("do") == "confirm" for one in buttons):
            break
        talk._next(buttons, {}, "later")
    assert "Mở Cổng" in talk.says("đúng rồi", "affirm", 0.9)
    assert len(portal.control("drafts")) == 1


def test_pressing_again_after_sending_submits_nothing_twice(
    talk: FormTalk, client: HttpPortal, portal: Any, clock: MovingClock
) -> None:
    talk.fills_in(EXTRACT)
    talk.says("đúng rồi", "affirm", 0.9)
    submit(portal, talk)
    draft = own_draft(talk)
    assert "đã được gửi" in talk.presses("hand_over", draft=draft), "the portal says it is closed"
    ReceiptPolling(talk.database.sessions, client, Receipts(talk.values), clock).run_once()
    assert "đã được gửi" in talk.presses("hand_over", draft=draft)
    assert len(portal.control("drafts")) == 1


def test_an_unconfirmed_draft_is_not_handed_over_by_an_old_button(talk: FormTalk, portal: Any) -> None:
    talk.presses("open", procedure_code=EXTRACT)
    draft = talk.state.draft_id or ""
    assert "(1/" in talk.presses("hand_over", draft=draft)
    assert portal.control("drafts") == []


def test_nothing_typed_lies_open_in_any_table(talk: FormTalk, client: HttpPortal) -> None:
    talk.fills_in(BIRTH, papers="upload")
    talk.says("đúng rồi", "affirm", 0.9)
    work = delivery(talk, client)
    while work.run_once():
        pass
    raw = everything_in(talk.database)
    typed = [str(value) for value in talk.store.load(own_draft(talk), "c1").plain.values() if isinstance(value, str)]
    assert len(typed) > 5
    for value in ("Nguyễn Thị Hoà", "027190001234", "0912345678", "Lý Thái Tổ", *(one for one in typed if " " in one)):
        assert value not in raw, value


def everything_in(database: Database) -> str:
    """Every value of every table, as a thief of the database would read it."""
    from bot.storage.models import Base

    found: list[str] = []
    with database.engine.connect() as connection:
        for table in Base.metadata.tables.values():
            for row in connection.execute(table.select()):
                for value in row:
                    plain = bytes(value).decode("utf-8", "replace") if isinstance(value, bytes | memoryview) else str(value)
                    found.append(plain)
    return "\n".join(found)


def test_who_asks_to_be_forgotten_leaves_no_submission_behind(talk: FormTalk) -> None:
    talk.fills_in(BIRTH, papers="upload")
    talk.says("đúng rồi", "affirm", 0.9)
    with writing(talk.database.sessions) as session:
        forget_citizen(session, session.get_one(Conversation, "c1", with_for_update=True), talk.clock())
    with talk.database.sessions() as session:
        assert session.scalars(select(Submission)).all() == []
        assert session.scalars(select(PaperToAttach)).all() == []
        assert all(row.message["text"] == "" for row in session.scalars(select(Outbound)))
