"""The pages of the review over HTTP: searching, reading, judging, files, and replies that wait for a second person."""

import csv
import io
import json
import re
from dataclasses import replace

import pytest
from sqlalchemy import select

from bot.accounts.audit import OPERATOR, AuditFilter, audit_entries
from bot.accounts.directory import AccountDetails
from bot.accounts.permissions import Role
from bot.conversations.private_values import PrivateValues
from bot.messages import BotMessage
from bot.officers.approvals import submit_reply
from bot.officers.notes import add_note
from bot.officers.taking import claim_conversation
from bot.officers.teams import load_teams
from bot.review.index import index_everything
from bot.review.judgements import judged_wrong
from bot.settings import PROJECT_ROOT, Settings
from bot.storage.models import Outbound
from tests.bot.officers.office import LAN, MONDAY_NINE, Office
from tests.bot.review.talks import talk
from tests.console.conftest import PASSWORD, RunningConsole, words

CCCD = "024099001234"


@pytest.fixture
def office(console: RunningConsole, settings: Settings) -> Office:
    console.clock.now = MONDAY_NINE
    private = PrivateValues(console.database.sessions, settings.ledger_key.get_secret_value(), console.clock)
    return Office(console.database, console.clock, load_teams(PROJECT_ROOT / "data"), private)


@pytest.fixture
def conversation(office: Office) -> str:
    """A question with a private number, its answer, then a handoff that Lan takes."""
    found = talk(
        office,
        f"Tôi <b>tên Mai</b>, CCCD {CCCD}, hỏi giấy khai sinh",
        "Lệ phí khai sinh là 8.000 đồng",
        confidence=0.42,
        procedure="1.001193",
    )
    office.asks_for_person(found)
    index_everything(office.sessions)
    return found


def answer_of(office: Office, conversation: str) -> int:
    with office.sessions() as session:
        rows = select(Outbound).where(Outbound.conversation_id == conversation, Outbound.author == "bot")
        return next(row.id for row in session.scalars(rows) if "8.000" in row.message["text"])


def test_words_without_marks_find_the_conversation_and_its_page(
    console: RunningConsole, office: Office, conversation: str
) -> None:
    talk(office, "việc khác")
    index_everything(office.sessions)
    visitor = console.signed_in("day", Role.TRAINER)
    page = visitor.get("/transcripts?q=giay+khai+sinh&channel=webchat&confidence_to=50")
    assert "Tìm thấy 1 cuộc trò chuyện" in words(page)
    assert "<mark>giấy</mark> <mark>khai</mark> <mark>sinh</mark>" in page.text
    assert "&lt;b&gt;tên" in page.text
    read = visitor.get(f"/transcripts/{conversation}")
    assert "Lệ phí khai sinh là 8.000 đồng" in words(read)
    assert "độ chắc chắn 42%" in words(read)
    for text in (page.text, read.text):
        assert CCCD not in text
    assert "transcript.opened" in console.acts()


@pytest.mark.parametrize(
    "query",
    ["q='+OR+1=1--", 'q="', "q=%25", "q=" + "x" * 5000, "q=😀", "q=gia%CC%82%CC%81y", "page=99",
     "intent=x&team=x&officer=x&verdict=right",
     "order=nonsense", "rating=good&ended=solved&reason=asked&outcome=answered&since=2026-11-23&until=2026-11-23",
     "verdict=unjudged"],
)  # fmt: skip
@pytest.mark.usefixtures("conversation")
def test_whatever_is_asked_for_gives_a_page(console: RunningConsole, query: str) -> None:
    assert console.signed_in("chi", Role.SUPERVISOR).get(f"/transcripts?{query}").status_code == 200


@pytest.mark.parametrize(
    "query", ["since=x", "confidence_from=101", "confidence_to=-1", "confidence_to=²", "page=x", "page=" + "9" * 30]
)
def test_broken_filters_are_told(console: RunningConsole, query: str) -> None:
    assert console.signed_in("chi", Role.SUPERVISOR).get(f"/transcripts?{query}").status_code == 400


def test_another_agencys_transcript_is_not_there(console: RunningConsole, office: Office, conversation: str) -> None:
    details = AccountDetails("Bình", None, (Role.SUPERVISOR,), False, ("so-tu-phap",))
    console.services.accounts.add(OPERATOR, "binh", details, PASSWORD, must_change=False)
    stranger = console.signed_in("binh")
    assert "Tìm thấy 0" in words(stranger.get("/transcripts"))
    answer = answer_of(office, conversation)
    assert stranger.get(f"/transcripts/{conversation}").status_code == 404
    for form in ("csv", "json", "pdf"):
        assert stranger.get(f"/transcripts/{conversation}/files/{form}").status_code == 404
    judged = stranger.post(f"/transcripts/{conversation}/answers/{answer}", {"verdict": "right"})
    assert judged.status_code == 404
    assert json.loads(stranger.get("/transcripts/files/json").text)["conversations"] == []


def test_a_trainer_of_one_agency_reads_the_masked_words_of_all_and_takes_nothing_away(
    console: RunningConsole, conversation: str
) -> None:
    details = AccountDetails("Dạy", None, (Role.TRAINER, Role.SUPERVISOR), False, ("so-tu-phap",))
    console.services.accounts.add(OPERATOR, "day", details, PASSWORD, must_change=False)
    trainer = console.signed_in("day")
    assert conversation in trainer.get("/transcripts").text
    page = trainer.get(f"/transcripts/{conversation}")
    assert "Lệ phí khai sinh" in words(page)
    assert CCCD not in page.text
    assert f"/{conversation}/files/" not in page.text
    assert trainer.get(f"/conversations/{conversation}").status_code == 404
    assert trainer.get(f"/transcripts/{conversation}/files/csv").status_code == 404
    assert json.loads(trainer.get("/transcripts/files/json").text)["conversations"] == []


def test_an_answer_is_judged_and_the_judgement_stands_in_the_transcript(
    console: RunningConsole, office: Office, conversation: str
) -> None:
    visitor = console.signed_in("lan", Role.OFFICER)
    visitor.get(f"/transcripts/{conversation}")
    path = f"/transcripts/{conversation}/answers/{answer_of(office, conversation)}"
    without = visitor.post(path, {"verdict": "wrong", "note": "một\nhai"})
    assert without.status_code == 422
    assert "xin chọn loại lỗi" in words(without)
    assert "một\nhai" in without.text
    sent = {"verdict": "wrong", "fault": "wrong_facts", "note": f"{CCCD} hỏi", "right_answer": "Miễn phí"}
    assert visitor.post(path, sent).status_code == 303
    page = words(visitor.get(f"/transcripts/{conversation}"))
    assert "Trả lời sai: Sai thông tin" in page
    assert "Miễn phí" in page
    assert CCCD not in page
    visitor.post(path, {"verdict": "right"})
    assert "Đánh giá trước đây (1)" in words(visitor.get(f"/transcripts/{conversation}"))
    with office.sessions() as session:
        assert judged_wrong(session) == []
    visitor.post(path, {"verdict": "none"})
    assert "Đánh giá trước đây (2)" in words(visitor.get(f"/transcripts/{conversation}"))
    assert console.acts().count("answer.judged") == 3
    for broken in ({"verdict": "x"}, {"verdict": "wrong", "fault": "x"}):
        assert visitor.post(path, broken).status_code == 400
    assert visitor.post(f"/transcripts/{conversation}/answers/999999", {"verdict": "right"}).status_code == 404


def test_files_are_masked_named_and_recorded_with_filter_and_count(console: RunningConsole, conversation: str) -> None:
    visitor = console.signed_in("chi", Role.SUPERVISOR)
    found = visitor.get("/transcripts/files/csv?q=khai+sinh")
    rows = list(csv.reader(io.StringIO(found.text.removeprefix("\ufeff"))))
    assert [row[0] for row in rows[1:]] == [conversation] * (len(rows) - 1)
    assert found.headers["content-disposition"] == 'attachment; filename="transcripts-2026-11-23.csv"'
    with console.database.sessions() as session:
        entry = audit_entries(session, AuditFilter(act="transcript.exported"))[0]
    assert json.loads(entry.details) == {"conversations": 1, "cut": False, "filter": {"q": "khai sinh"}, "form": "csv"}
    pdf = visitor.get(f"/transcripts/{conversation}/files/pdf")
    assert pdf.content.startswith(b"%PDF")
    one = json.loads(visitor.get(f"/transcripts/{conversation}/files/json").text)
    assert one["conversations"][0]["id"] == conversation
    for text in (found.text, json.dumps(one)):
        assert CCCD not in text
    assert visitor.get("/transcripts/files/exe").status_code == 404
    visitor.get(f"/transcripts/files/json?q={CCCD}")
    with console.database.sessions() as session:
        assert CCCD not in str([one.details for one in audit_entries(session, AuditFilter())])


def test_a_trainer_may_not_export_and_does_not_read_officers_notes(
    console: RunningConsole, office: Office, conversation: str
) -> None:
    add_note(office.sessions, conversation, LAN, "ghi chú riêng", office.clock())
    trainer, officer = console.signed_in("day", Role.TRAINER), console.signed_in("lan", Role.OFFICER)
    assert trainer.get("/transcripts/files/csv").status_code == 403
    assert "/files/csv" not in trainer.get(f"/transcripts/{conversation}").text
    assert "ghi chú riêng" not in trainer.get(f"/transcripts/{conversation}").text
    assert "ghi chú riêng" in officer.get(f"/transcripts/{conversation}").text


def test_a_long_transcript_is_read_in_pages(console: RunningConsole, office: Office) -> None:
    long = office.citizen()
    for number in range(110):
        talk(office, f"câu {number}", f"đáp {number}", conversation=long)
    visitor = console.signed_in("chi", Role.SUPERVISOR)
    first = visitor.get(f"/transcripts/{long}")
    onward = re.search(rf'href="(/transcripts/{long}\?after=\d+)"', first.text)
    assert onward is not None
    second = visitor.get(onward.group(1))
    assert "đáp 109" not in first.text
    assert "đáp 109" in second.text


@pytest.fixture
def waiting(office: Office, conversation: str) -> int:
    claim_conversation(office.sessions, conversation, LAN, office.clock())
    team = replace(office.teams.fallback, replies_need_approval=True)
    message = BotMessage(f"Phí là 8.000 đồng cho {CCCD}")
    return submit_reply(office.sessions, office.private, team, conversation, LAN, message, "k", office.clock()).approval_id


def test_a_supervisor_approves_a_reply(console: RunningConsole, office: Office, conversation: str, waiting: int) -> None:
    visitor = console.signed_in("chi", Role.SUPERVISOR)
    page = visitor.get("/approvals")
    assert "Phí là 8.000 đồng" in words(page)
    assert CCCD not in page.text
    shown = re.search(r"<textarea[^>]*name=\"text\"[^>]*>([^<]*)<", page.text)
    assert shown is not None
    assert visitor.post(f"/approvals/{waiting}/approve", {"text": shown.group(1)}).headers["location"].endswith("approved")
    assert "Phí là 8.000 đồng cho" in office.said(conversation)[-1]
    assert console.acts()[-1] == "reply.approved"
    again = visitor.post(f"/approvals/{waiting}/approve", {"text": "x"})
    assert again.status_code == 422
    assert "đã có người xử lý" in words(again)


def test_a_supervisor_changes_or_refuses_a_reply(
    console: RunningConsole, office: Office, conversation: str, waiting: int
) -> None:
    visitor = console.signed_in("chi", Role.SUPERVISOR)
    visitor.get("/approvals")
    for path, form in ((f"{waiting}/refuse", {"reason": " "}), (f"{waiting}/approve", {"text": ""}), (f"{waiting}/approve", {})):
        assert visitor.post(f"/approvals/{path}", form).status_code == 422
    assert visitor.post(f"/approvals/{waiting}/refuse", {"reason": "Sai mức phí"}).status_code == 303
    assert "Không có câu trả lời nào" in words(visitor.get("/approvals"))
    assert not [text for text in office.said(conversation) if text.startswith("Phí là")]
    for path in ("x/approve", "999999/approve", "²/refuse", "9" * 40 + "/refuse"):
        assert visitor.post(f"/approvals/{path}", {"reason": "x", "text": "x"}).status_code == 404


def test_another_teams_replies_are_not_there_and_ones_own_is_not_approved(console: RunningConsole, waiting: int) -> None:
    details = AccountDetails("Bình", None, (Role.SUPERVISOR,), False, ("so-tu-phap",))
    console.services.accounts.add(OPERATOR, "binh", details, PASSWORD, must_change=False)
    stranger = console.signed_in("binh")
    assert "Không có câu trả lời nào" in words(stranger.get("/approvals"))
    assert stranger.post(f"/approvals/{waiting}/approve", {"text": "x"}).status_code == 404
    author = console.signed_in("lan", Role.SUPERVISOR)
    assert "của chính Ông/Bà" in words(author.get("/approvals"))
    assert author.post(f"/approvals/{waiting}/approve", {"text": "x"}).status_code == 422
    assert console.signed_in("mai", Role.OFFICER).get("/approvals").status_code == 403
