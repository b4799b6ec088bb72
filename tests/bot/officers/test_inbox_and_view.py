"""What officers see: lists with filters, unread counts and pages in a fixed number of queries; one conversation, masked."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, replace
from datetime import timedelta

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import event

from bot.conversations.private_values import PrivateValues
from bot.conversations.windows import phases, send_mode
from bot.language.masking import PrivateSpan, placeholder
from bot.messages import BotMessage
from bot.officers.board import SharedBoard, read_board
from bot.officers.inbox import InboxQuery, inbox_counts, inbox_page
from bot.officers.notes import add_note, see_mentions
from bot.officers.speaking import officer_says
from bot.officers.taking import claim_conversation, close_conversation, forward_to_colleague
from bot.officers.view import conversation_view, mark_seen
from bot.officers.visibility import Sight
from bot.storage.database import Database, writing
from tests.bot.officers.office import HOA, LAN, Office

CCCD = "024099001234"


@contextmanager
def counted(database: Database) -> Iterator[list[str]]:
    """The statements that were run."""
    run: list[str] = []

    def note(_conn, _cursor, statement, *_rest) -> None:
        if not statement.startswith(("BEGIN", "PRAGMA")):
            run.append(statement)

    event.listen(database.engine, "before_cursor_execute", note)
    yield run
    event.remove(database.engine, "before_cursor_execute", note)


def query(**more) -> InboxQuery:
    return replace(InboxQuery(Sight("lan", teams=None), frozenset({"tthcc-tinh"})), **more)


def page(office: Office, **more):
    with office.sessions() as session:
        return inbox_page(read_board(session), query(**more), office.clock())


@pytest.fixture
def queue(office: Office) -> list[str]:
    """Three who wait, one of them for another team, one that Lan has and one that Hoa has."""
    office.member("so-tu-phap", "hoa")
    found = []
    for number in range(5):
        office.clock.move(minutes=1)
        conversation = office.citizen()
        agency = {"deciding_agency": "so-tu-phap"} if number == 2 else {}
        office.asks_for_person(conversation, procedure_code="1.000656" if number == 0 else None, **agency)
        found.append(conversation)
    claim_conversation(office.sessions, found[3], LAN, office.clock())
    claim_conversation(office.sessions, found[4], HOA, office.clock())
    return found


def test_each_list_holds_what_it_says_and_the_counts_agree(office: Office, queue: list[str]) -> None:
    lists = {
        which: [row.talk.conversation_id for row in page(office, which=which).rows]
        for which in ("waiting", "mine", "team", "all")
    }
    assert lists == {
        "waiting": queue[:2],
        "mine": [queue[3]],
        "team": [queue[0], queue[1], queue[3], queue[4]],
        "all": queue,
    }
    with office.sessions() as session:
        counts = inbox_counts(read_board(session), query(), office.clock())
    assert counts == {"waiting": 2, "mine": 1, "team": 4, "all": 5, "overdue": 0}


def test_who_may_see_one_team_sees_no_other_but_what_a_colleague_gave_them(office: Office, queue: list[str]) -> None:
    sight = Sight("lan", teams=frozenset({"tthcc-tinh"}))
    assert queue[2] not in [row.talk.conversation_id for row in page(office, which="all", sight=sight).rows]
    assert page(office, which="all", sight=Sight("lan")).rows == tuple(page(office, which="mine").rows)
    claim_conversation(office.sessions, queue[2], HOA, office.clock())
    forward_to_colleague(office.sessions, queue[2], HOA, LAN, office.clock())
    assert queue[2] in [row.talk.conversation_id for row in page(office, which="mine", sight=sight).rows]


def test_filters_narrow_and_pages_follow_each_other_without_gap_or_double(office: Office, queue: list[str]) -> None:
    assert [row.talk.conversation_id for row in page(office, which="all", procedure_code="1.000656").rows] == [queue[0]]
    assert page(office, which="all", reason="complaint").rows == ()
    assert page(office, which="all", channel="zalo").rows == ()
    seen, cursor = [], None
    for _ in range(4):
        one = page(office, which="all", limit=2, after=cursor)
        seen += [row.talk.conversation_id for row in one.rows]
        cursor = one.next
        if cursor is None:
            break
    assert seen == queue


def test_overdue_and_unread_are_told_per_row_and_per_account(office: Office, queue: list[str]) -> None:
    office.writes(queue[0], "alo")
    mark_seen(office.sessions, queue[1], "lan", 99)
    mark_seen(office.sessions, queue[1], "lan", 1)
    rows = page(office).rows
    assert [row.unread for row in rows] == [2, 0]
    assert [row.talk.conversation_id for row in page(office, unread=True).rows] == [queue[0]]
    assert not any(row.overdue for row in rows)
    office.clock.move(minutes=70)
    assert [row.talk.conversation_id for row in page(office, overdue=True, which="all").rows] == queue


def test_the_board_costs_the_same_number_of_queries_however_many_wait(office: Office, queue: list[str]) -> None:
    with counted(office.database) as few, office.sessions() as session:
        read_board(session)
    for number in range(5):
        office.asks_for_person(office.citizen(), misses=number)
        mark_seen(office.sessions, queue[number], "lan", 1)
    with counted(office.database) as many, office.sessions() as session:
        read_board(session)
    assert len(many) == len(few) <= 6


def test_pages_share_a_board_for_a_moment_and_never_what_was_read_before_a_change(office: Office, queue: list[str]) -> None:
    shared = SharedBoard(office.sessions, office.clock, timedelta(seconds=2))

    def waiting() -> list[str]:
        return [talk.conversation_id for talk in shared.read().talks]

    assert waiting() == queue
    with counted(office.database) as run:
        assert waiting() == queue
    assert run == []
    later = office.citizen()
    office.asks_for_person(later)
    assert waiting() == queue
    office.clock.move(seconds=2)
    assert waiting() == [*queue, later]
    last = office.citizen()
    office.asks_for_person(last)
    assert [talk.conversation_id for talk in shared.read(fresh=True).talks] == waiting() == [*queue, later, last]
    close_conversation(office.sessions, queue[3], LAN, "solved", office.clock())
    shared.forget()
    assert queue[3] not in waiting()


def test_many_pages_that_ask_at_once_read_it_once(office: Office, queue: list[str]) -> None:
    shared = SharedBoard(office.sessions, office.clock, timedelta(seconds=2))
    with counted(office.database) as one, office.sessions() as session:
        read_board(session)
    with counted(office.database) as run, ThreadPoolExecutor(8) as pool:
        boards = list(pool.map(lambda _: shared.read(), range(40)))
    assert len(run) == len(one)
    assert {len(board.talks) for board in boards} == {len(queue)}


def test_previews_are_masked_and_never_another_conversations_number(office: Office, queue: list[str]) -> None:
    with writing(office.sessions) as session:
        token = office.private.store_within(session, queue[0], PrivateSpan("citizen_id", 0, 12, CCCD))
    office.writes(queue[0], "số của tôi")
    from bot.storage.models import Inbound

    with writing(office.sessions) as session:
        for conversation in queue[:2]:
            row = session.query(Inbound).filter_by(conversation_id=conversation).order_by(Inbound.id.desc()).first()
            row.text = "số của tôi " + placeholder("citizen_id", token)
    first, second = page(office).rows
    assert first.talk.preview == "số của tôi *********234"
    assert second.talk.preview == "số của tôi ***"


def test_the_view_shows_it_all_and_no_number_in_clear(office: Office, queue: list[str]) -> None:
    conversation = queue[3]
    officer_says(office.sessions, office.private, conversation, LAN, BotMessage(f"Số {CCCD}"), "k", office.clock())
    add_note(office.sessions, conversation, LAN, f"Gọi lại số 0987654321 cho ông, CCCD {CCCD} @hoa", office.clock())
    with office.sessions() as session:
        view = conversation_view(session, conversation, office.clock())
    assert view is not None
    assert (view.speaker, view.owner_name) == ("officer", "Nguyễn Thị Lan")
    assert [line.speaks for line in view.lines] == ["bot", "citizen", "bot", "system", "officer"]
    said = view.lines[-1]
    assert (said.name, said.state, said.text) == ("Nguyễn Thị Lan", "sent", "Số *********234")
    assert [event[0] for event in view.open_handoff.events] == ["opened", "taken", "first_answer"]
    shown = json.dumps(asdict(view), default=str)
    assert CCCD not in shown
    assert "0987654321" not in shown


def test_the_view_costs_the_same_number_of_queries_however_long_the_talk_is(office: Office, queue: list[str]) -> None:
    def cost() -> int:
        with counted(office.database) as run, office.sessions() as session:
            conversation_view(session, queue[3], office.clock())
        return len(run)

    before = cost()
    for number in range(10):
        officer_says(office.sessions, office.private, queue[3], LAN, BotMessage(f"{number}"), f"{number}", office.clock())
        add_note(office.sessions, queue[3], LAN, "x", office.clock())
    assert cost() == before


def test_an_unknown_conversation_has_no_view(office: Office) -> None:
    with office.sessions() as session:
        assert conversation_view(session, "none", office.clock()) is None


def test_a_mention_waits_until_it_is_seen(office: Office, queue: list[str]) -> None:
    add_note(office.sessions, queue[0], LAN, "Nhờ @hoa. và @lan xem, thư a@b.vn", office.clock(), mentions=["hoa", "mai"])
    with office.sessions() as session:
        assert read_board(session).mentions == {"hoa": 1, "mai": 1}
    see_mentions(office.sessions, queue[0], "hoa", office.clock())
    with office.sessions() as session:
        assert read_board(session).mentions == {"mai": 1}
    with pytest.raises(ValueError, match="a note has"):
        add_note(office.sessions, queue[0], LAN, "  ", office.clock())


def test_the_officers_window_is_told(office: Office) -> None:
    conversation = office.citizen("fb", "facebook")
    claim_conversation(office.sessions, conversation, LAN, office.clock())
    acted = office.clock()
    office.clock.move(hours=30)
    with office.sessions() as session:
        view = conversation_view(session, conversation, office.clock())
    assert view is not None
    assert send_mode(view.reach, by_person=True, now=office.clock()) == "human_agent"
    granted = phases(view.reach, by_person=True, human_agent=True)
    assert [(one.mode, one.ends - acted) for one in granted] == [("free", timedelta(days=1)), ("human_agent", timedelta(days=7))]
    assert isinstance(office.private, PrivateValues)


def test_what_opens_a_dossier_is_no_contact(office: Office) -> None:
    conversation = office.citizen()
    values = PrivateValues(office.sessions, Fernet.generate_key().decode(), office.clock)
    values.store(conversation, [PrivateSpan("phone_proof", 0, 0, "proof"), PrivateSpan("phone", 0, 0, "0912345678")])
    with office.sessions() as session:
        view = conversation_view(session, conversation, office.clock())
    assert [kind for kind, _, _ in view.contacts] == ["phone"]
