"""A procedure's online filing is stopped by two people while citizens are talking, and shown again: what each citizen hears."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import count

import pytest

from bot.catalogue.answers.render import FACETS
from bot.dialogue.turn import DialogueState
from bot.language.normalise import fold
from bot.levels import filing
from bot.levels.filing import Basis
from bot.levels.partial_reasons import PartialReasonWatch, PublishedReason, note_reason
from bot.levels.wishes import Wish
from bot.storage.database import Database, writing
from bot.switches.watch import SwitchWatch
from tests.actions.form_talk import CATALOGUE, FORMS, START, TODAY, FormTalk
from tests.actions.test_submissions import Portal

CODE = "2.000635"
PROCEDURE = CATALOGUE.procedures[CODE]
BASIS = Basis(CATALOGUE.calendar, None, {"at": "2026-11-23"})
OFF = Wish(
    CODE,
    "online_filing_off",
    "technical_incident",
    "Hệ thống của Cổng đang lỗi khi tải giấy tờ",
    "The portal fails when papers are uploaded",
    "Nghị định 224/2026/NĐ-CP, điều 13",
    review_on=date(2026, 12, 20),
)
MARK = "(hiện không nhận)"


class Decisions:
    """Two people at the console, with a clock."""

    def __init__(self, database: Database) -> None:
        self.database, self.now = database, START

    def carry_out(self, wish: Wish) -> None:
        """Proposes and approves."""
        number = filing.propose(self.database.sessions, wish, BASIS, by="an", now=self.now)
        filing.approve(self.database.sessions, number, BASIS, by="binh", now=self.now)

    def show_again(self) -> None:
        """The way back."""
        self.carry_out(Wish(CODE, "shown", "restored", "Cổng đã chạy lại bình thường"))


@pytest.fixture
def decisions(database: Database) -> Decisions:
    return Decisions(database)


@pytest.fixture
def talk(database: Database, decisions: Decisions) -> FormTalk:
    """A citizen whose assistant looks at the switches with every turn."""
    made = FormTalk(database, Portal(), words={"trich luc": CODE})
    watch = SwitchWatch(database.sessions, lambda: decisions.now, every_seconds=0)
    seconds = count(0.0, 10.0)
    reasons = PartialReasonWatch(database.sessions, monotonic=lambda: next(seconds))
    made.services = replace(made.services, switches=watch, partial_reasons=reasons)
    return made


def asks(talk: FormTalk, facet: str, code: str = CODE, *, place: str | None = None) -> str:
    """Presses what shows a facet of the procedure."""
    talk.state = DialogueState(procedure_code=code, case_id="all", place_id=place)
    return talk.acts("show_facet", facet=facet, procedure_code=code)


def opens_a_form(talk: FormTalk) -> bool:
    return any(one.entities.get("do") == "open" for m in talk.last.messages for one in m.all_buttons)


def links(talk: FormTalk) -> set[str | None]:
    return {one.url for m in talk.last.messages for one in m.all_buttons if one.url}


def test_before_and_after_and_again(talk: FormTalk, decisions: Decisions) -> None:
    before = asks(talk, "submission")
    assert opens_a_form(talk)
    assert PROCEDURE.official_link.url in before

    decisions.carry_out(OFF)
    after = asks(talk, "submission")
    assert not opens_a_form(talk)
    assert links(talk) == set()
    assert PROCEDURE.official_link.url not in after
    assert "Việc nộp trực tuyến thủ tục này tạm ngừng từ 15:00 23/11/2026" in after
    assert "Hệ thống của Cổng đang lỗi khi tải giấy tờ." in after
    assert "Nghị định 224/2026/NĐ-CP, điều 13" in after
    assert "xem xét lại chậm nhất ngày 20/12/2026" in after
    assert "Trung tâm Phục vụ hành chính công xã, phường" in after
    assert "Trung tâm Phục vụ hành chính công bất kỳ" in after

    decisions.now += timedelta(days=2)
    decisions.show_again()
    again = asks(talk, "submission")
    assert opens_a_form(talk)
    assert "tạm ngừng" not in again
    assert again == before


@pytest.mark.parametrize("state", ["online_filing_off", "guidance_only"])
def test_no_answer_to_any_question_offers_it(talk: FormTalk, decisions: Decisions, state: str) -> None:
    decisions.carry_out(replace(OFF, state=state))
    for facet in ("overview", *FACETS):
        said = asks(talk, facet)
        assert not opens_a_form(talk), facet
        assert links(talk) == set(), facet
        for line in said.split("\n"):
            plain = fold(line)
            offered = "truc tuyen" in plain and "thanh toan truc tuyen" not in plain
            assert not offered or MARK in line or "tạm ngừng" in line or "chưa nhận hồ sơ trực tuyến" in line, line
            assert PROCEDURE.official_link.url not in line or "Ông/Bà xem đủ tại" in line, line
    assert "Giấy tờ" in asks(talk, "documents") or "Hồ sơ thủ tục" in asks(talk, "documents"), "questions are answered"


def test_in_words_too(talk: FormTalk, decisions: Decisions) -> None:
    decisions.carry_out(replace(OFF, state="guidance_only"))
    for words, intent in (
        ("tôi muốn nộp trích lục hộ tịch trên mạng", "start_submission"),
        ("trích lục hộ tịch nộp online được không", "ask_online_level"),
    ):
        talk.state = DialogueState()
        said = talk.says(words, intent, 0.95)
        assert "chỉ được hướng dẫn, chưa nhận hồ sơ trực tuyến" in said
        assert "nộp trực tiếp tại" in said
        assert not opens_a_form(talk)
    talk.state = DialogueState(procedure_code=CODE)
    talk.says("khai luôn ở đây", "start_submission", 0.95)
    assert talk.state.draft_id is None


def test_the_citizens_own_ward_is_named(talk: FormTalk, decisions: Decisions) -> None:
    decisions.carry_out(OFF)
    ward = next(place for place in CATALOGUE.places if place.name == "Kinh Bắc")
    assert "gần Ông/Bà: phường Kinh Bắc" in asks(talk, "submission", place=ward.id)


def test_a_draft_under_way_is_kept_and_gone_on_with_afterwards(talk: FormTalk, decisions: Decisions) -> None:
    talk.presses("open", procedure_code=CODE)
    draft, asked = talk.state.draft_id, talk.asked.path
    assert draft is not None
    decisions.carry_out(OFF)
    told = talk.says("Nguyễn Văn An", "inform", 0.9)
    assert "đang lỗi khi tải giấy tờ" in told
    assert "nộp trực tiếp tại" in told
    assert "được giữ nguyên" in told
    assert talk.state.draft_id is None
    pressed = talk.presses("resume", draft=draft)
    assert "tạm ngừng" in pressed
    assert talk.state.draft_id is None
    decisions.show_again()
    talk.says("khai tiếp", "start_submission", 0.95)
    assert talk.state.draft_id == draft
    assert talk.asked.path == asked, "nothing that was filled in is lost"


def test_an_old_button_that_opens_the_form_tells_why_not(talk: FormTalk, decisions: Decisions) -> None:
    decisions.carry_out(OFF)
    said = talk.presses("open", procedure_code=CODE)
    assert "tạm ngừng" in said
    assert "nộp trực tiếp tại" in said
    assert talk.state.draft_id is None


def test_a_stop_that_begins_later_and_ends_by_itself(talk: FormTalk, decisions: Decisions) -> None:
    begin, end = START + timedelta(days=20), START + timedelta(days=21)
    planned = replace(OFF, reason_code="planned_maintenance", from_at=begin, until_at=end, review_on=date(2026, 12, 31))
    decisions.carry_out(planned)
    asks(talk, "submission")
    assert opens_a_form(talk), "it has not begun"
    decisions.now = begin
    said = asks(talk, "submission")
    assert "từ 15:00 13/12/2026 đến 15:00 14/12/2026" in said
    assert not opens_a_form(talk)
    decisions.now = end
    asks(talk, "submission")
    assert opens_a_form(talk), "it is over"


def test_other_procedures_are_filed_online_as_always(talk: FormTalk, decisions: Decisions) -> None:
    other = next(code for code in FORMS if code != CODE and CATALOGUE.procedures[code].online.available)
    before = asks(talk, "submission", other)
    decisions.carry_out(OFF)
    assert asks(talk, "submission", other) == before
    assert opens_a_form(talk)


class TestPartialLevel:
    """A level "in part" says why and what one must still come for."""

    PARTIAL = next(code for code, one in CATALOGUE.procedures.items() if one.online.level == "partial")

    def test_without_a_published_reason_that_is_said(self, talk: FormTalk) -> None:
        assert "chưa có bản công bố" in asks(talk, "online_level", self.PARTIAL)

    def test_with_one_it_is_told(self, talk: FormTalk, database: Database) -> None:
        reason = PublishedReason(
            self.PARTIAL, "presence_required", "Thông tư 01/2026/TT-X, điều 5", "chụp ảnh, lấy vân tay", "", "Cổng DVCQG", TODAY
        )  # fmt: skip
        with writing(database.sessions) as session:
            note_reason(session, reason, by="an", now=datetime(2026, 11, 23, 9, tzinfo=UTC))
        said = asks(talk, "online_level", self.PARTIAL)
        assert "còn phải đến để chụp ảnh, lấy vân tay" in said
        assert "người làm thủ tục phải có mặt" in said
        assert "Thông tư 01/2026/TT-X, điều 5" in said
        assert "chưa có bản công bố" not in said
        assert "chụp ảnh, lấy vân tay" in asks(talk, "submission", self.PARTIAL)
