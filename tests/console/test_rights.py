"""The pages of requests about data: each act over HTTP, by whom, and hostile input."""

import pytest
from sqlalchemy import select

from bot.accounts.audit import OPERATOR
from bot.accounts.directory import AccountDetails
from bot.accounts.permissions import Role
from bot.catalogue.load import load_offices
from bot.rights.deletions import delete_now, seal
from bot.rights.tickets import open_request
from bot.settings import PROJECT_ROOT, Settings
from bot.storage.database import writing
from bot.storage.models import Conversation, Outbound
from bot.storage.rights_models import DeletionRecord, RightsRequest
from tests.console.conftest import HOSTILE, RunningConsole, Visitor, words


class TestRights:
    """Requests and proofs."""

    @pytest.fixture
    def visitor(self, console: RunningConsole) -> Visitor:
        visitor = console.signed_in("binh", Role.SUPERVISOR)
        calendar = load_offices(PROJECT_ROOT / "data" / "catalogue").calendar
        with writing(console.database.sessions) as session:
            session.add(Conversation(id="c1", channel="webchat", account="web", external_id="u", opened_at=console.clock()))
            session.flush()
            open_request(session, "c1", "correct", "sai <b>tên</b>", calendar, console.clock())
        return visitor

    def told(self, console: RunningConsole) -> list[str]:
        """What the citizen was told."""
        with console.database.sessions() as session:
            return [row.message["text"] for row in session.scalars(select(Outbound).order_by(Outbound.id))]

    def test_a_request_is_acknowledged_and_settled(self, console: RunningConsole, visitor: Visitor) -> None:
        page = visitor.get("/rights")
        assert "QDL-1 – sửa dữ liệu" in words(page)
        assert "sai &lt;b&gt;tên&lt;/b&gt;" in page.text
        assert "25/11/2026" in words(page)
        assert visitor.post("/rights/requests/QDL-1/acknowledge").headers["location"] == "/rights?done=acknowledged"
        assert "đã tiếp nhận" in words(visitor.get("/rights"))
        assert "không còn chờ" in words(visitor.post("/rights/requests/QDL-1/acknowledge"))
        form = {"ending": "done", "reason": "Đã sửa tên, xin gọi 0987654321."}
        assert visitor.post("/rights/requests/QDL-1/close", form).headers["location"] == "/rights?done=closed"
        assert "Đã sửa tên" in self.told(console)[-1]
        assert not any("0987654321" in text for text in self.told(console))
        with console.database.sessions() as session:
            assert "0987654321" not in (session.get_one(RightsRequest, 1).reason or "")
        assert "Không có phiếu nào đang mở" in words(visitor.get("/rights"))
        assert "Đã sửa tên" in words(visitor.get("/rights?ended=1"))
        assert console.acts()[-2:] == ["rights.acknowledged", "rights.done"]

    def test_what_is_late_is_marked(self, console: RunningConsole, visitor: Visitor) -> None:
        assert "QUÁ HẠN" not in words(visitor.get("/rights"))
        console.clock.move(days=4)
        late = console.signed_in("hoa", Role.SUPERVISOR)
        assert "QUÁ HẠN" in words(late.get("/rights"))

    @pytest.mark.parametrize(
        ("form", "told"),
        [
            ({"ending": "refused", "reason": "  "}, "phải nêu lý do"),
            ({"ending": "refused", "reason": "x" * 2001}, "tối đa 2000"),
            ({"ending": "gone", "reason": "giữ lại"}, "chọn kết quả"),
            ({}, "chọn kết quả"),
        ],
    )
    def test_an_end_without_outcome_or_reason_is_told(
        self, console: RunningConsole, visitor: Visitor, form: dict[str, str], told: str
    ) -> None:
        page = visitor.post("/rights/requests/QDL-1/close", form)
        assert page.status_code == 422
        assert told in words(page)
        assert form.get("reason", "").strip() in page.text
        assert self.told(console) == []

    def test_an_unknown_request_is_told(self, visitor: Visitor) -> None:
        for number in HOSTILE:
            assert visitor.post(f"/rights/requests/{number}/acknowledge").status_code == 422, number
            assert visitor.post(f"/rights/requests/{number}/close", {"ending": "done"}).status_code == 422, number

    @pytest.mark.usefixtures("visitor")
    def test_an_auditor_reads_and_does_nothing(self, console: RunningConsole) -> None:
        auditor = console.signed_in("kiem", Role.AUDITOR)
        page = auditor.get("/rights")
        assert "QDL-1" in page.text
        assert "/acknowledge" not in page.text
        assert auditor.post("/rights/requests/QDL-1/acknowledge").status_code == 403
        assert auditor.post("/rights/requests/QDL-1/close", {"ending": "done"}).status_code == 403
        assert self.told(console) == []

    def test_who_works_for_some_agencies_sees_no_request(self, console: RunningConsole, visitor: Visitor) -> None:
        account = console.services.accounts.by_login("binh").id
        details = AccountDetails("Bình", None, (Role.SUPERVISOR,), False, ("tthcc-xa",))
        console.services.accounts.change(OPERATOR, account, details)
        for path in ("/rights", "/rights/deletions", "/rights/deletions/XDL-1"):
            page = visitor.get(path)
            assert page.status_code == 403
            assert "Mọi cơ quan" in words(page)
        assert visitor.post("/rights/requests/QDL-1/acknowledge").status_code == 403
        assert visitor.post("/rights/requests/QDL-1/close", {"ending": "done"}).status_code == 403

    def test_a_proof_is_shown_and_a_changed_one_told(self, console: RunningConsole, visitor: Visitor, settings: Settings) -> None:
        now = console.clock()
        with writing(console.database.sessions) as session:
            conversation = Conversation(id="c2", channel="zalo", account="oa", external_id="v", opened_at=now)
            session.add(conversation)
            session.flush()
            record = delete_now(session, conversation, "chat", now)
            record.state, record.done_at, record.counts = "done", now, {"message": 7}
            record.conversation_id = record.rasa_sessions = None
            record.seal = seal(record, settings.ledger_key.get_secret_value())
            reference = record.reference
        assert reference in visitor.get("/rights/deletions").text
        assert "Không có mã xoá" in words(visitor.get("/rights/deletions?reference=XDL-NOTHING"))
        page = words(visitor.get(f"/rights/deletions/{reference.lower()}"))
        assert "Niêm phong khớp" in page
        assert "message 7" in page
        with writing(console.database.sessions) as session:
            session.get_one(DeletionRecord, reference).counts = {"message": 6}
        assert "KHÔNG khớp" in words(visitor.get(f"/rights/deletions/{reference}"))
        assert visitor.get("/rights/deletions/XDL-9").status_code == 404
