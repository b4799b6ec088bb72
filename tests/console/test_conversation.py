"""One conversation over HTTP: what is shown to whom, what changed, and every act with its refusals and its entry in the log."""

import asyncio
import re
from datetime import timedelta

import pytest

from bot.accounts.permissions import Role
from bot.conversations.speech import Line, write_lines
from bot.conversations.turns import Conclusion
from bot.messages import BotMessage, Source
from bot.settings import Settings
from bot.storage.database import writing
from bot.storage.models import Conversation, Handoff, Outbound
from bot.storage.officer_models import OfficerFile, OfficerNote, Rating
from console.live import changes
from tests.console.conftest import RunningConsole, Visitor, words
from tests.console.conversations import Desk

KEY = "a-key-of-the-page"
PDF = b"%PDF-1.7\n" + b"x" * 500


@pytest.fixture
def desk(console: RunningConsole, settings: Settings) -> Desk:
    return Desk(console, settings.ledger_key.get_secret_value())


@pytest.fixture
def lan(console: RunningConsole) -> Visitor:
    return console.signed_in("lan", Role.OFFICER)


@pytest.fixture
def taken(desk: Desk, lan: Visitor) -> str:  # noqa: ARG001 (her account must be there)
    """A conversation that Lan has."""
    found = desk.waiting("số của tôi là 0912345678", procedure_code="1.001193", procedure_name="Đăng ký khai sinh")
    desk.taken_by(found, "lan")
    return found


def conversation(desk: Desk, conversation_id: str) -> Conversation:
    with desk.console.database.sessions() as session:
        return session.get_one(Conversation, conversation_id)


class TestTheView:
    """What is shown."""

    def test_authors_confidence_sources_and_states_are_named_and_numbers_are_masked(self, desk: Desk, lan: Visitor) -> None:
        found = desk.office.citizen()
        desk.office.writes(found, "đăng ký khai sinh cần gì, số của tôi 0912345678")
        answer = BotMessage("Cần **tờ khai**.", sources=(Source("Quyết định 123", "01/07/2026"),))
        desk.office.turn(
            Conclusion("answered", "bot", lines=(Line(answer),), nlu={"intent": "ask_documents", "confidence": 0.87})
        )
        desk.office.asks_for_person(found, case_name="Sinh tại Việt Nam", last_message="cho gặp cán bộ", misses=1)
        page = words(lan.get(f"/conversations/{found}"))
        for said in ("Người dân", "Trợ lý", "Chắc chắn 87 %", "Quyết định 123 (01/07/2026)", "Cần tờ khai.", "Sinh tại Việt Nam"):
            assert said in page, said
        assert "*******678" in page
        assert "0912345678" not in page

    def test_only_the_owner_is_offered_the_number_in_clear(self, desk: Desk, lan: Visitor, taken: str) -> None:
        assert "private-values" in lan.get(f"/conversations/{taken}").text
        assert "private-values" not in desk.console.signed_in("hoa", Role.OFFICER).get(f"/conversations/{taken}").text

    def test_words_of_a_citizen_are_never_markup(self, desk: Desk, lan: Visitor) -> None:
        found = desk.waiting("<script>alert(1)</script><img src=x onerror=alert(2)>")
        page = lan.get(f"/conversations/{found}").text
        assert "&lt;script&gt;alert(1)" in page
        assert "<img src=x" not in page

    def test_a_long_talk_is_read_upwards_page_by_page(self, desk: Desk, lan: Visitor, taken: str) -> None:
        with writing(desk.console.database.sessions) as session:
            row = session.get_one(Conversation, taken)
            write_lines(session, row, [Line(BotMessage(f"dòng {n}.")) for n in range(300)], key="many", now=desk.console.clock())
        page = lan.get(f"/conversations/{taken}")
        assert "dòng 299." in page.text
        assert "dòng 5." not in page.text
        earlier = re.search(r'href="(/conversations/\w+\?before=\d+)"', page.text)
        assert earlier is not None
        older = lan.get(earlier.group(1)).text
        assert "dòng 5." in older
        assert "data-live" not in older

    def test_the_window_of_the_platform_and_its_quota_stand_beside_the_reply_box(self, desk: Desk, lan: Visitor) -> None:
        found = desk.office.citizen("z1", channel="zalo")
        with writing(desk.console.database.sessions) as session:
            session.add(Handoff(conversation_id=found, reason="asked", summary={}, opened_at=desk.console.clock()))
        desk.taken_by(found, "lan")
        page = words(lan.get(f"/conversations/{found}"))
        assert "Gửi tin miễn phí tới" in page
        assert "còn 2 ngày." in page
        assert "<rect" in lan.get(f"/conversations/{found}").text
        with writing(desk.console.database.sessions) as session:
            session.get_one(Conversation, found).acted_at = desk.console.clock() - timedelta(hours=50)
        assert "mỗi tin tính vào hạn mức của tài khoản" in words(lan.get(f"/conversations/{found}"))
        with writing(desk.console.database.sessions) as session:
            session.get_one(Conversation, found).acted_at = desk.console.clock() - timedelta(days=8)
        assert "Đã quá thời gian nền tảng cho phép gửi, từ" in words(lan.get(f"/conversations/{found}"))

    def test_news_are_the_new_lines_and_the_acts_only_where_the_mode_changed(self, desk: Desk, lan: Visitor, taken: str) -> None:
        last = conversation(desk, taken).last_seq
        desk.office.writes(taken, "alo, còn đó không")
        news = lan.get(f"/conversations/{taken}/news?after={last}&mode=mine").text
        assert news.count('<li class="line') == 1
        assert "alo, còn đó không" in news
        assert 'id="acts"' not in news
        lan.post(f"/conversations/{taken}/hand-back")
        news = lan.get(f"/conversations/{taken}/news?after={last + 1}&mode=mine").text
        assert 'role="alert"' in news
        assert 'data-mode="free"' in news
        assert 'id="panel"' not in lan.get(f"/conversations/{taken}/news?after=0&mode=mine&panel=0").text

    @pytest.mark.parametrize("query", ["after=-1&mode=<b>", "after=" + "9" * 30, "before=x", "after=%00"])
    def test_broken_numbers_in_the_address_do_no_harm(self, lan: Visitor, taken: str, query: str) -> None:
        assert lan.get(f"/conversations/{taken}/news?{query}").status_code == 200
        assert lan.get(f"/conversations/{taken}?{query}").status_code == 200

    def test_the_stream_says_once_that_something_changed(self) -> None:
        looks = iter(["a", "a", "b", "b", "c"])

        async def read() -> list[str | None]:
            return [event.event async for event in changes(lambda: next(looks), lambda: False, rounds=5, pause=0)]

        assert asyncio.run(read()) == ["changed"] * 3


class TestReplies:
    """Messages to the citizen."""

    def test_a_reply_reaches_the_transcript_once_however_often_it_is_posted(self, desk: Desk, lan: Visitor, taken: str) -> None:
        for _ in range(3):
            assert lan.post(f"/conversations/{taken}/reply", {"text": "Dòng một\r\nDòng hai", "key": KEY}).status_code == 303
        assert desk.office.said(taken).count("Dòng một\nDòng hai") == 1
        assert desk.console.acts().count("conversation.replied") == 1

    @pytest.mark.parametrize(
        ("text", "told"),
        [
            ("  \n ", "Chưa có nội dung"),
            ("x" * 4001, "quá 4000 ký tự"),
            ("Phiếu {{so_phieu}}", "chưa điền: so_phieu"),
        ],
    )
    def test_what_cannot_be_sent_is_told(self, desk: Desk, lan: Visitor, taken: str, text: str, told: str) -> None:
        before = desk.office.said(taken)
        answer = lan.post(f"/conversations/{taken}/reply", {"text": text, "key": KEY}, **{"HX-Request": "true"})
        assert (answer.status_code, told in words(answer)) == (422, True)
        assert desk.office.said(taken) == before

    def test_who_does_not_own_it_any_more_says_nothing(self, desk: Desk, lan: Visitor, taken: str) -> None:
        before = desk.office.said(taken)
        desk.console.clock.move(minutes=6)
        for act, form in (
            ("reply", {"text": "chào"}),
            ("phone-request", {}),
            ("flow", {"flow": "status"}),
            ("hand-back", {}),
            ("close", {"outcome": "solved"}),
            ("forward", {"team": "so-tu-phap"}),
        ):
            assert lan.post(f"/conversations/{taken}/{act}", {"key": KEY + act, **form}).status_code == 409, act
        assert desk.office.said(taken) == before
        assert "conversation.replied" not in desk.console.acts()

    def test_a_reply_kept_ready_is_filled_in_before_it_is_sent(self, lan: Visitor, taken: str) -> None:
        page = words(lan.get(f"/conversations/{taken}/canned-reply?canned=Xin thêm thông tin"))
        assert "thủ tục Đăng ký khai sinh" in page

    def test_one_whose_values_are_not_known_is_not_sent_with_holes(self, desk: Desk, lan: Visitor) -> None:
        found = desk.waiting()
        desk.taken_by(found, "lan")
        page = words(lan.get(f"/conversations/{found}/canned-reply?canned=Xin thêm thông tin"))
        assert "Chưa có thông tin để điền: ten_thu_tuc" in page
        assert "{{ten_thu_tuc}}" in page

    def test_the_telephone_is_asked_for(self, desk: Desk, lan: Visitor, taken: str) -> None:
        assert lan.post(f"/conversations/{taken}/phone-request", {"key": KEY}).status_code == 303
        with desk.console.database.sessions() as session:
            last = session.query(Outbound).filter_by(conversation_id=taken).order_by(Outbound.id.desc()).first()
        assert last is not None
        assert last.message["request"] == "phone"

    def test_a_dead_message_is_sent_again_by_its_officer(self, desk: Desk, lan: Visitor) -> None:
        found = desk.office.citizen("z1", channel="zalo")
        with writing(desk.console.database.sessions) as session:
            session.add(Handoff(conversation_id=found, reason="asked", summary={}, opened_at=desk.console.clock()))
        desk.taken_by(found, "lan")
        lan.post(f"/conversations/{found}/reply", {"text": "Chào Ông/Bà", "key": KEY})
        with writing(desk.console.database.sessions) as session:
            row = session.query(Outbound).filter_by(conversation_id=found, author="officer").one()
            row.state, row.detail, number = "dead", "window_closed", row.id
        assert "Không gửi được : đã quá thời gian" in words(lan.get(f"/conversations/{found}")).replace("được:", "được :")
        assert lan.post(f"/conversations/{found}/messages/{number}/resend").status_code == 303
        assert lan.post(f"/conversations/{found}/messages/{number}/resend").status_code == 422
        assert lan.post(f"/conversations/{found}/messages/{'9' * 40}/resend").status_code == 422
        assert "Đang gửi" in words(lan.get(f"/conversations/{found}"))
        assert desk.console.acts().count("conversation.resent") == 1


class TestFiles:
    """Files for the citizen."""

    def send(self, lan: Visitor, conversation_id: str, content: bytes, name: str = "Giấy hẹn.pdf") -> tuple[int, str]:
        form = {"csrf_token": lan.token, "key": KEY}
        answer = lan.client.post(f"/conversations/{conversation_id}/files", data=form, files={"file": (name, content)})
        return answer.status_code, words(answer)

    def test_it_is_kept_encrypted_and_sent_as_a_link(self, desk: Desk, lan: Visitor, taken: str) -> None:
        assert self.send(lan, taken, PDF)[0] == 303
        said = desk.office.said(taken)[-1]
        assert "«Giấy hẹn.pdf»" in said
        assert "/files/" in said
        with desk.console.database.sessions() as session:
            row = session.query(OfficerFile).one()
        assert b"%PDF" not in row.content
        assert row.token_hash not in said
        assert "conversation.file_sent" in desk.console.acts()

    @pytest.mark.parametrize(
        ("content", "told", "attached"),
        [
            (PDF, "Đã gửi tệp.", True),
            (b"%PDF-" + b"x" * 6_000_000, "tệp lớn hơn mức kênh này nhận", False),
            (b"\0\0\0\x18ftypheic", "kênh này không nhận loại tệp này", False),
        ],
        ids=["taken", "too-large", "other-type"],
    )
    def test_on_zalo_it_is_an_attachment_or_a_link_with_the_reason(
        self, desk: Desk, lan: Visitor, content: bytes, told: str, attached: bool
    ) -> None:
        found = desk.office.citizen("z1", channel="zalo")
        with writing(desk.console.database.sessions) as session:
            session.add(Handoff(conversation_id=found, reason="asked", summary={}, opened_at=desk.console.clock()))
        desk.taken_by(found, "lan")
        form = {"csrf_token": lan.token, "key": KEY}
        answer = lan.client.post(f"/conversations/{found}/files", data=form, files={"file": ("Giấy hẹn.pdf", content)})
        assert told in words(lan.get(answer.headers["location"]))
        with desk.console.database.sessions() as session:
            row = session.query(Outbound).filter_by(conversation_id=found, author="officer").one()
            kept = session.query(OfficerFile).one()
        assert [file["officer_file"] for file in row.message["files"]] == ([kept.id] if attached else [])
        assert ("/files/" in str(row.message["text"]) + str(row.message["buttons"])) is not attached

    def test_a_post_that_comes_twice_keeps_and_sends_one_file(self, desk: Desk, lan: Visitor, taken: str) -> None:
        assert [self.send(lan, taken, PDF)[0] for _ in range(2)] == [303, 303]
        with desk.console.database.sessions() as session:
            assert session.query(OfficerFile).count() == 1
            assert session.query(Outbound).filter_by(conversation_id=taken, author="officer").count() == 1

    def test_a_link_in_place_of_a_refused_file_is_told_beside_the_message(self, desk: Desk, lan: Visitor, taken: str) -> None:
        assert self.send(lan, taken, PDF)[0] == 303
        with writing(desk.console.database.sessions) as session:
            session.query(Outbound).filter_by(author="officer").one().detail = "sent_as_link: payload_210"
        assert "Nền tảng không nhận tệp; người dân đã nhận liên kết tải" in words(lan.get(f"/conversations/{taken}"))

    @pytest.mark.parametrize(
        ("content", "status", "told"),
        [
            (b"", 422, "Chưa chọn tệp"),
            (b"MZ\x90\x00 a program", 422, "Chỉ nhận tệp PDF"),
            (b"%PDF-" + b"x" * 10 * 1024 * 1024, 422, "lớn hơn 10 MB"),
            (b"%PDF-" + b"x" * 11 * 1024 * 1024, 413, "quá lớn"),
        ],
        ids=["empty", "program", "just-over", "far-over"],
    )
    def test_what_is_no_paper_is_refused(
        self, desk: Desk, lan: Visitor, taken: str, content: bytes, status: int, told: str
    ) -> None:
        answer = self.send(lan, taken, content)
        assert (answer[0], told in answer[1]) == (status, True)
        with desk.console.database.sessions() as session:
            assert session.query(OfficerFile).count() == 0

    def test_only_the_owner_sends_files_and_other_forms_stay_small(self, desk: Desk, lan: Visitor, taken: str) -> None:
        assert self.send(desk.console.signed_in("hoa", Role.OFFICER), taken, PDF)[0] == 409
        assert lan.post(f"/conversations/{taken}/note", {"text": "x" * 300_000}).status_code == 413


class TestPassingOn:
    """Notes, colleagues, teams, the assistant, the end."""

    def test_a_note_is_for_colleagues_only_and_tells_who_is_named(self, desk: Desk, lan: Visitor, taken: str) -> None:
        hoa = desk.console.signed_in("hoa", Role.OFFICER)
        assert hoa.post(f"/conversations/{taken}/note", {"text": "Nhờ @lan gọi 0987654321"}).status_code == 303
        assert "1 ghi chú nhắc tới tôi" in words(lan.get("/inbox"))
        assert "Nhờ @lan gọi *******321" in words(lan.get(f"/conversations/{taken}"))
        assert "nhắc tới tôi" not in words(lan.get("/inbox"))
        assert not [text for text in desk.office.said(taken) if "Nhờ" in text]
        assert hoa.post(f"/conversations/{taken}/note", {"text": " "}).status_code == 422

    def test_a_colleague_owns_what_is_passed_to_them(self, desk: Desk, lan: Visitor, taken: str) -> None:
        desk.console.add("hoa", Role.OFFICER)
        desk.console.add("thay", Role.TRAINER)
        for login in ("thay", "lan", "khong-co", ""):
            assert lan.post(f"/conversations/{taken}/forward", {"colleague": login}).status_code == 422, login
        assert lan.post(f"/conversations/{taken}/forward", {"colleague": "@Hoa", "note": "Nhờ chị"}).status_code == 303
        assert conversation(desk, taken).owner_account == "hoa"
        with desk.console.database.sessions() as session:
            assert session.query(OfficerNote).one().text == "Nhờ chị"
        assert desk.console.acts()[-1] == "conversation.forwarded"

    def test_an_agencys_team_gets_it_in_its_queue(self, desk: Desk, lan: Visitor, taken: str) -> None:
        assert lan.post(f"/conversations/{taken}/forward", {"team": "so-tu-phap"}).status_code == 303
        assert desk.office.handoff(taken).team == "so-tu-phap"
        assert desk.office.speaker(taken) == "waiting"

    @pytest.mark.parametrize(
        ("form", "intent"),
        [
            ({"flow": "procedure", "procedure": "1.001193"}, "choose_procedure"),
            ({"flow": "submission", "procedure": "1.001193"}, "eform"),
            ({"flow": "status"}, "check_status"),
            ({"flow": "login"}, "check_status"),
            ({"flow": "consent"}, "data_rights"),
        ],
    )
    def test_the_assistant_goes_on_from_a_button(
        self, desk: Desk, lan: Visitor, taken: str, form: dict[str, str], intent: str
    ) -> None:
        assert lan.post(f"/conversations/{taken}/flow", {"key": KEY, **form}).status_code == 303
        assert desk.office.speaker(taken) == "bot"
        with desk.console.database.sessions() as session:
            said = session.query(Outbound).filter_by(conversation_id=taken, author="officer").one()
        assert said.message["buttons"][0]["intent"] == intent

    @pytest.mark.parametrize("form", [{}, {"flow": "procedure"}, {"flow": "procedure", "procedure": "9.999999"}, {"flow": "<b>"}])
    def test_an_incomplete_wish_changes_nothing(self, desk: Desk, lan: Visitor, taken: str, form: dict[str, str]) -> None:
        assert lan.post(f"/conversations/{taken}/flow", {"key": KEY, **form}).status_code == 422
        assert desk.office.speaker(taken) == "officer"

    def test_a_procedure_may_be_typed_and_one_that_is_not_clear_is_asked_for(self, lan: Visitor, taken: str) -> None:
        form = {"key": KEY, "flow": "procedure", "procedure": ""}
        answer = lan.post(f"/conversations/{taken}/flow", form | {"procedure_words": "cấp"})
        assert (answer.status_code, "Chưa rõ thủ tục nào" in words(answer)) == (422, True)
        assert lan.post(f"/conversations/{taken}/flow", form | {"procedure_words": "1.001193"}).status_code == 303

    def test_the_end_has_an_outcome_and_asks_how_it_was(self, desk: Desk, lan: Visitor, taken: str) -> None:
        assert lan.post(f"/conversations/{taken}/close", {"outcome": "made-up"}).status_code == 422
        form = {"outcome": "guided", "asks_rating": "1"}
        answer = lan.post(f"/conversations/{taken}/close", form, **{"HX-Request": "true"})
        assert "closed" in answer.headers["hx-trigger"]
        assert (desk.office.speaker(taken), desk.office.handoff(taken).outcome) == ("closed", "guided")
        with desk.console.database.sessions() as session:
            assert session.query(Rating).count() == 1
        assert "Đã hướng dẫn" in words(lan.get(f"/conversations/{taken}"))

    def test_an_end_without_the_question_asks_nothing(self, desk: Desk, lan: Visitor, taken: str) -> None:
        lan.post(f"/conversations/{taken}/close", {"outcome": "no_answer"})
        with desk.console.database.sessions() as session:
            assert session.query(Rating).count() == 0


class TestTakingOver:
    """A supervisor takes it from a colleague who is at work."""

    def test_the_colleague_reads_who_and_why_and_can_write_no_more(self, desk: Desk, lan: Visitor, taken: str) -> None:
        chi = desk.console.signed_in("chi", Role.SUPERVISOR)
        assert "Nhận thay Người lan" in words(chi.get(f"/conversations/{taken}"))
        form = {"owner": "lan", "reason": "Người dân 0987654321 chờ lâu"}
        answer = chi.post(f"/conversations/{taken}/take-over", form)
        assert answer.headers["location"] == f"/conversations/{taken}?done=taken_over"
        assert conversation(desk, taken).owner_account == "chi"
        assert desk.console.acts()[-1] == "conversation.taken_over"
        assert "1 ghi chú nhắc tới tôi" in words(lan.get("/inbox"))
        news = words(lan.get(f"/conversations/{taken}/news?after=0&mode=mine"))
        assert "Người chi đã nhận cuộc trao đổi này" in news
        assert "Lý do: Người dân *******321 chờ lâu" in news
        assert lan.post(f"/conversations/{taken}/reply", {"text": "x", "key": KEY}).status_code == 409
        assert "Người chi" in desk.office.said(taken)[-1]
        # What happens later is not told with that reason.
        chi.post(f"/conversations/{taken}/hand-back")
        assert "Lý do: Người dân" not in words(lan.get(f"/conversations/{taken}/news?after=0&mode=mine")).split("Ghi chú")[0]

    def test_without_a_reason_or_the_permission_or_the_owner_of_the_page_nothing_changes(
        self, desk: Desk, lan: Visitor, taken: str
    ) -> None:
        chi, hoa = desk.console.signed_in("chi", Role.SUPERVISOR), desk.console.signed_in("hoa", Role.OFFICER)
        path = f"/conversations/{taken}/take-over"
        assert "Nhận thay" not in words(hoa.get(f"/conversations/{taken}"))
        assert hoa.post(path, {"owner": "lan", "reason": "x"}).status_code == 403
        for form, status in (
            ({"owner": "lan", "reason": "  "}, 422),
            ({"owner": "lan", "reason": "x" * 501}, 422),
            ({"owner": "hoa", "reason": "x"}, 409),
            ({"owner": "", "reason": "x"}, 409),
            ({"owner": "chi", "reason": "x"}, 400),
        ):
            assert chi.post(path, form).status_code == status, form
        assert conversation(desk, taken).owner_account == "lan"
        lan.post(f"/conversations/{taken}/hand-back")
        assert chi.post(path, {"owner": "lan", "reason": "x"}).status_code == 409
        assert desk.office.speaker(taken) == "bot"
        assert "conversation.taken_over" not in desk.console.acts()
