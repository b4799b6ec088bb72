"""A reply that a second person must approve: it waits, is approved, changed, refused or withdrawn; nobody is left in silence."""

import threading
from dataclasses import replace

import pytest
from sqlalchemy import select

from bot.conversations.transcript import read_transcript
from bot.messages import BotMessage
from bot.officers.approvals import (
    ApprovalRefusedError,
    Submitted,
    approve_reply,
    refuse_reply,
    say_or_submit,
    withdraw_reply,
)
from bot.officers.board import read_board
from bot.officers.files import (
    CheckedFile,
    FileGoneError,
    KeptFile,
    download_offered,
    drop_file,
    file_message,
    keep_file,
    read_file,
)
from bot.officers.flows import flow_message
from bot.officers.rounds import HandoffRounds
from bot.officers.speaking import KeyInUseError, OfficerMessage
from bot.officers.taking import NotOwnerError, claim_conversation, hand_back, renew_leases
from bot.officers.teams import Teams
from bot.officers.waiting_replies import count_waiting, replies_to_mind, replies_waiting
from bot.storage.database import writing
from bot.storage.review_models import ReplyApproval
from tests.bot.officers.office import HOA, LAN, Office


@pytest.fixture
def strict(office: Office) -> Office:
    """The office with a fallback team whose replies need a second person."""
    strict = replace(office.teams.fallback, replies_need_approval=True)
    everyone = tuple(strict if team.id == strict.id else team for team in office.teams.all)
    office.teams = Teams(everyone, strict)
    office.member(strict.id, "lan")
    return office


@pytest.fixture
def taken(strict: Office) -> str:
    """A conversation of that team that Lan has."""
    conversation = strict.citizen()
    strict.asks_for_person(conversation)
    claim_conversation(strict.sessions, conversation, LAN, strict.clock())
    return conversation


def says(office: Office, conversation: str, text: str = "Mức phí là 8.000 đồng", key: str = "k", who=LAN):
    return say_or_submit(office.sessions, office.private, office.teams, conversation, who, BotMessage(text), key, office.clock())


def approves(office: Office, approval: int, who=HOA, text: str | None = None) -> OfficerMessage:
    with writing(office.sessions) as session:
        return approve_reply(session, office.private, approval, who, office.clock(), text=text)


def test_where_the_team_does_not_want_it_the_reply_goes_out_at_once(office: Office) -> None:
    office.member("tthcc-tinh", "lan")
    conversation = office.citizen()
    office.asks_for_person(conversation)
    claim_conversation(office.sessions, conversation, LAN, office.clock())
    assert isinstance(says(office, conversation), OfficerMessage)
    assert office.said(conversation)[-1] == "Mức phí là 8.000 đồng"


def test_the_citizen_reads_the_reply_only_once_a_second_person_approved_it(strict: Office, taken: str) -> None:
    waiting = says(strict, taken)
    assert isinstance(waiting, Submitted)
    assert "Mức phí là 8.000 đồng" not in strict.said(taken)
    with strict.sessions() as session:
        (row,) = replies_waiting(session, None)
        assert (row.question, row.text, row.author_name) == ("cho gặp cán bộ", "Mức phí là 8.000 đồng", "Nguyễn Thị Lan")
        assert row.author_has_it
        assert replies_waiting(session, frozenset({"so-tu-phap"})) == []
        assert count_waiting(session, frozenset({"tthcc-tinh"})) == 1
    said = approves(strict, waiting.approval_id)
    assert said.state == "sent"
    with strict.sessions() as session:
        last = read_transcript(session, taken)[-1]
        assert (last.speaks, last.text) == ("officer", "Mức phí là 8.000 đồng")
        assert replies_waiting(session, None) == replies_to_mind(session, taken) == []
    assert strict.handoff(taken).first_answer_at == strict.clock()


def test_the_same_post_twice_waits_once_and_is_not_sent_beside_the_approved_one(strict: Office, taken: str) -> None:
    first, again = says(strict, taken), says(strict, taken)
    assert (first.approval_id, again.repeated) == (again.approval_id, True)
    approves(strict, first.approval_id)
    later = says(strict, taken)
    assert (later.state, later.repeated) == ("approved", True)
    assert strict.said(taken).count("Mức phí là 8.000 đồng") == 1
    other = strict.citizen()
    strict.asks_for_person(other)
    claim_conversation(strict.sessions, other, LAN, strict.clock())
    with pytest.raises(KeyInUseError):
        says(strict, other)


def test_nobody_approves_their_own_reply_or_one_that_was_decided(strict: Office, taken: str) -> None:
    waiting = says(strict, taken)
    for refused, who in (("own", LAN), ("unknown", HOA)):
        with pytest.raises(ApprovalRefusedError, match=refused):
            approves(strict, waiting.approval_id + (100 if who is HOA else 0), who)
    approves(strict, waiting.approval_id)
    with pytest.raises(ApprovalRefusedError, match="decided"):
        approves(strict, waiting.approval_id)
    with pytest.raises(ApprovalRefusedError, match="decided"), writing(strict.sessions) as session:
        refuse_reply(session, waiting.approval_id, HOA, "muộn", strict.clock())


def test_of_many_who_approve_at_once_one_does(strict: Office, taken: str) -> None:
    waiting = says(strict, taken)
    outcomes: list[str] = []

    def try_it(number: int) -> None:
        try:
            approves(strict, waiting.approval_id, replace(HOA, account=f"hoa{number}"))
            outcomes.append("approved")
        except ApprovalRefusedError as error:
            outcomes.append(error.reason)

    threads = [threading.Thread(target=try_it, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["approved"] + ["decided"] * 7
    assert strict.said(taken).count("Mức phí là 8.000 đồng") == 1


def test_the_second_person_may_change_the_words_and_private_numbers_stay_masked(strict: Office, taken: str) -> None:
    waiting = says(strict, taken, "Số 024099001234 đúng")
    with strict.sessions() as session:
        assert "024099001234" not in replies_waiting(session, None)[0].text
    approves(strict, waiting.approval_id, text="Số 024099001235 mới đúng, gọi 02223822222")
    said = strict.said(taken)[-1]
    assert "mới đúng, gọi 02223822222" in said
    assert "024099001235" not in said
    with pytest.raises(ValueError, match="characters"):
        approves(strict, says(strict, taken, key="k2").approval_id, text="x" * 5000)


def test_a_refused_reply_is_not_sent_and_its_author_reads_why(strict: Office, taken: str) -> None:
    waiting = says(strict, taken)
    with pytest.raises(ApprovalRefusedError, match="reason_missing"), writing(strict.sessions) as session:
        refuse_reply(session, waiting.approval_id, HOA, "  ", strict.clock())
    with writing(strict.sessions) as session:
        refuse_reply(session, waiting.approval_id, HOA, "Phí đã đổi từ 01/07", strict.clock())
    with strict.sessions() as session:
        (row,) = replies_to_mind(session, taken)
        assert (row.state, row.reason, row.decided_name) == ("refused", "Phí đã đổi từ 01/07", "Trần Hoa")
        assert read_board(session).mentions == {"lan": 1}
    assert "Mức phí là 8.000 đồng" not in strict.said(taken)
    strict.clock.move(minutes=1)
    says(strict, taken, "Mức phí là 10.000 đồng", key="k2")
    with strict.sessions() as session:
        assert [row.state for row in replies_to_mind(session, taken)] == ["to_approve"]


def test_a_button_for_the_assistant_waits_and_then_the_assistant_has_the_word(strict: Office, taken: str) -> None:
    def submit(key: str) -> int:
        waits = say_or_submit(
            strict.sessions, strict.private, strict.teams, taken, LAN, flow_message("status"), key, strict.clock(), act="flow"
        )
        assert isinstance(waits, Submitted)
        return waits.approval_id

    first = submit("flow-1")
    assert strict.speaker(taken) == "officer"
    with writing(strict.sessions) as session:
        refuse_reply(session, first, HOA, "chưa cần", strict.clock())
    assert strict.speaker(taken) == "officer"
    second = submit("flow-2")
    # She has left her page meanwhile.
    strict.clock.move(minutes=20)
    approves(strict, second)
    assert strict.speaker(taken) == "bot"
    assert strict.handoff(taken).outcome == "handed_back"
    assert "Tôi là trợ lý tự động" in strict.said(taken)[-1]


def test_a_file_waits_with_its_link_whose_days_count_from_the_approval(strict: Office, taken: str) -> None:
    def submit(key: str) -> tuple[int, KeptFile]:
        file = CheckedFile("Giấy hẹn.pdf", "application/pdf", b"%PDF-1.7 x")
        with writing(strict.sessions) as session:
            kept = keep_file(session, strict.private, taken, LAN, file, strict.clock())
        message = file_message("https://motcua.example", kept.token, file.name)
        waits = say_or_submit(
            strict.sessions, strict.private, strict.teams, taken, LAN, message, key, strict.clock(), act="file", file_id=kept.id
        )
        assert isinstance(waits, Submitted)
        return waits.approval_id, kept

    first, refused = submit("file-1")
    with writing(strict.sessions) as session:
        refuse_reply(session, first, HOA, "nhầm tệp", strict.clock())
        with pytest.raises(FileGoneError):
            read_file(session, strict.private, refused.id)
    second, kept = submit("file-2")
    strict.clock.move(minutes=30)
    with strict.sessions() as session:
        assert read_file(session, strict.private, kept.id).content == b"%PDF-1.7 x"
    approves(strict, second)
    strict.clock.move(hours=71, minutes=50)
    with strict.sessions() as session:
        assert download_offered(session, kept.token, strict.clock()).name == "Giấy hẹn.pdf"
    claim_conversation(strict.sessions, taken, LAN, strict.clock())
    third, lost = submit("file-3")
    with writing(strict.sessions) as session:
        drop_file(session, lost.id)
    with pytest.raises(ApprovalRefusedError, match="file_gone"):
        approves(strict, third)


def states(office: Office) -> list[str]:
    """What became of the replies, in order."""
    with office.sessions() as session:
        return list(session.scalars(select(ReplyApproval.state).order_by(ReplyApproval.id)))


def test_a_reply_whose_author_no_longer_has_the_conversation_is_not_sent(strict: Office, taken: str) -> None:
    waiting = says(strict, taken)
    hand_back(strict.sessions, taken, LAN, strict.clock())
    with pytest.raises(ApprovalRefusedError, match="not_owner"):
        approves(strict, waiting.approval_id)
    strict.rounds.make(strict.clock())
    assert states(strict) == ["withdrawn"]
    with pytest.raises(NotOwnerError):
        says(strict, taken, key="k2")


def test_the_author_takes_it_back(strict: Office, taken: str) -> None:
    waiting = says(strict, taken)
    for who, reason in (("hoa", "decided"), ("lan", None)):
        with writing(strict.sessions) as session:
            if reason:
                with pytest.raises(ApprovalRefusedError, match=reason):
                    withdraw_reply(session, waiting.approval_id, who, strict.clock())
            else:
                withdraw_reply(session, waiting.approval_id, who, strict.clock())
    with pytest.raises(ApprovalRefusedError, match="decided"):
        approves(strict, waiting.approval_id)


def test_the_citizen_hears_once_that_an_answer_is_being_prepared_and_the_author_is_not_called_silent(
    strict: Office, taken: str
) -> None:
    waiting = says(strict, taken)
    rounds = HandoffRounds(strict.sessions, strict.teams)
    for _ in range(30):
        strict.clock.move(minutes=1)
        rounds.make(strict.clock())
    prepared = [text for text in strict.said(taken) if "đang chờ kiểm tra lại" in text]
    assert prepared == [
        "Cán bộ Nguyễn Thị Lan đã soạn câu trả lời và đang chờ kiểm tra lại trước khi gửi. Ông/Bà vui lòng chờ thêm ít phút."
    ]
    assert strict.speaker(taken) == "officer"
    approves(strict, waiting.approval_id)
    assert strict.said(taken)[-1] == "Mức phí là 8.000 đồng"


def test_a_reply_that_nobody_reads_excuses_nobody_for_ever(strict: Office, taken: str) -> None:
    says(strict, taken)
    rounds = HandoffRounds(strict.sessions, strict.teams)
    for _ in range(75):
        strict.clock.move(minutes=1)
        renew_leases(strict.sessions, "lan", strict.clock())
        rounds.make(strict.clock())
    assert strict.speaker(taken) == "waiting"
    assert "Xin lỗi" in strict.said(taken)[-1]
    assert states(strict) == ["withdrawn"]


def test_after_a_refusal_the_author_has_time_for_another_reply(strict: Office, taken: str) -> None:
    waiting = says(strict, taken)
    rounds = HandoffRounds(strict.sessions, strict.teams)
    strict.clock.move(minutes=30)
    with writing(strict.sessions) as session:
        refuse_reply(session, waiting.approval_id, HOA, "sai", strict.clock())
    claim_conversation(strict.sessions, taken, LAN, strict.clock())
    strict.clock.move(minutes=4)
    rounds.make(strict.clock())
    assert strict.speaker(taken) == "officer"
    for _ in range(8):
        strict.clock.move(minutes=1)
        renew_leases(strict.sessions, "lan", strict.clock())
        rounds.make(strict.clock())
    assert strict.speaker(taken) == "waiting"
