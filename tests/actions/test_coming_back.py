"""Drafts that are left and gone on with: later, between two of them, and in another conversation, where only a confirmed identity
opens them."""

import pytest
from sqlalchemy import select

from bot.conversations.identity_links import LINK_KEPT, PersonProof
from bot.storage.channel_models import Attachment
from bot.storage.database import Database
from bot.storage.eform_models import EFormDraft
from tests.actions.form_talk import FormTalk
from tests.actions.test_submissions import Portal
from tests.moving_clock import MovingClock

BIRTH, STAY, SHOP = "1.001193", "1.004194", "1.001612"
CITIZEN_ID, PHONE = "027190001234", "0912345678"
OWNER, OTHER = PersonProof(CITIZEN_ID, PHONE), PersonProof("027190009999", "0987654321")
WORDS = {"tam tru": STAY, "khai sinh": BIRTH, "ho kinh doanh": SHOP}


@pytest.fixture
def clock() -> MovingClock:
    return MovingClock()


@pytest.fixture
def talk(database: Database, clock: MovingClock) -> FormTalk:
    return FormTalk(database, Portal(), clock=clock, words=WORDS)


def elsewhere(talk: FormTalk, name: str = "c2") -> FormTalk:
    """Another conversation over the same ledger."""
    return FormTalk(talk.database, Portal(), conversation=name, key=talk.key, clock=talk.clock, words=WORDS)


def leaves_a_draft(talk: FormTalk) -> str:
    talk.fills_in(STAY)
    draft = talk.state.draft_id or ""
    talk.says("để mai làm tiếp")
    return draft


def test_another_channel_goes_on_once_the_identity_is_confirmed(talk: FormTalk) -> None:
    draft = leaves_a_draft(talk)
    phone = elsewhere(talk)
    said = phone.says("làm tiếp hồ sơ")
    assert "VNeID" in said
    assert phone.last.messages[-1].expects == "identity_proof"
    assert phone.state.errand == "resume_draft"
    phone.confirms_identity(OWNER)
    assert "ở nơi khác" in phone.says("làm tiếp hồ sơ")
    said = phone.presses_titled("Đăng ký tạm trú")
    assert phone.state.draft_id == draft
    assert CITIZEN_ID not in said
    assert "Ta làm tiếp" in said
    # It has moved: the old conversation has it no more.
    assert "VNeID" in talk.says("làm tiếp hồ sơ")


def test_typing_somebody_s_numbers_opens_nothing(talk: FormTalk) -> None:
    draft = leaves_a_draft(talk)
    thief = elsewhere(talk)
    thief.says("làm tiếp hồ sơ")
    for words in (
        f"số căn cước của tôi {CITIZEN_ID}",
        f"số điện thoại {PHONE}",
        f"{CITIZEN_ID} {PHONE}",
        "làm tiếp hồ sơ tạm trú",
    ):
        thief.says(words, "inform", 0.9)
        assert thief.state.draft_id is None
    for do in ("adopt", "resume", "hand_over", "papers_again", "status"):
        said = thief.presses(do, draft=draft)
        assert thief.state.draft_id is None, do
        assert "Nguyễn" not in said
    # A form of the thief's own with the victim's numbers in it opens the victim's no more.
    thief.fills_in(STAY)
    thief.says("dừng")
    assert thief.store.drafts_elsewhere("c2") is None
    assert "không còn" in thief.presses("adopt", draft=draft)


def test_somebody_else_who_is_confirmed_sees_only_their_own(talk: FormTalk) -> None:
    draft = leaves_a_draft(talk)
    stranger = elsewhere(talk)
    stranger.confirms_identity(OTHER)
    assert "không thấy tờ khai nào" in stranger.says("làm tiếp hồ sơ")
    assert "không còn" in stranger.presses("adopt", draft=draft)


def test_a_confirmation_does_not_last_for_ever(talk: FormTalk, clock: MovingClock) -> None:
    leaves_a_draft(talk)
    phone = elsewhere(talk)
    phone.confirms_identity(OWNER)
    clock.move(days=LINK_KEPT.days - 1)
    assert "ở nơi khác" in phone.says("làm tiếp hồ sơ")
    clock.move(days=2)
    assert "VNeID" in phone.says("làm tiếp hồ sơ")


def test_a_confirmed_identity_counts_more_than_the_numbers_in_the_form(talk: FormTalk, database: Database) -> None:
    talk.confirms_identity(OTHER)
    leaves_a_draft(talk)
    phone = elsewhere(talk)
    phone.confirms_identity(OWNER)
    assert "không thấy" in phone.says("làm tiếp hồ sơ")
    mine = elsewhere(talk, "c3")
    mine.confirms_identity(OTHER)
    assert "ở nơi khác" in mine.says("làm tiếp hồ sơ")
    with database.sessions() as session:
        (row,) = session.scalars(select(EFormDraft))
        assert row.person is not None
        assert CITIZEN_ID not in row.person


def test_papers_move_with_their_draft(talk: FormTalk, database: Database) -> None:
    talk.fills_in(BIRTH, papers="upload")
    draft = talk.state.draft_id or ""
    talk.says("dừng")
    talk.confirms_identity(OWNER)
    with database.sessions() as session:
        assert {row.conversation_id for row in session.scalars(select(Attachment))} == {"c1"}
    phone = elsewhere(talk)
    phone.confirms_identity(OWNER)
    # The draft was saved before anybody was confirmed; the form's own numbers name its owner.
    phone.says("làm tiếp hồ sơ")
    phone.presses("adopt", draft=draft)
    assert phone.state.draft_id == draft
    with database.sessions() as session:
        assert {row.conversation_id for row in session.scalars(select(Attachment))} == {"c2"}


def test_days_later_in_the_same_talk_the_numbers_stay_masked(talk: FormTalk, clock: MovingClock) -> None:
    leaves_a_draft(talk)
    clock.move(days=3)
    said = talk.says("làm tiếp") + talk.says("xem lại")
    assert "Nguyễn Thị Hoà" in said
    for number in (CITIZEN_ID, PHONE):
        assert number not in said
    assert "*********234" in said
    clock.move(days=31)
    assert "VNeID" in talk.says("làm tiếp hồ sơ"), "after a month there is no draft any more"


def test_another_matter_first_and_back_again_by_words(talk: FormTalk) -> None:
    talk.presses("open", procedure_code=BIRTH)
    birth = talk.state.draft_id
    said = talk.says("thôi cho tôi làm đăng ký tạm trú trước")
    stay = talk.state.draft_id
    assert stay not in (None, birth)
    assert "vẫn được giữ" in said
    assert "tạm trú" in said.lower()
    talk.says("quay lại hồ sơ khai sinh")
    assert talk.state.draft_id == birth
    talk.says("chuyển sang tạm trú")
    assert talk.state.draft_id == stay
    talk.says("dừng")
    assert "Xin chọn" in talk.says("làm tiếp")
    talk.presses_titled("Đăng ký khai sinh")
    assert talk.state.draft_id == birth
    talk.says("tạm dừng")
    talk.says("làm tiếp hồ sơ tạm trú")
    assert talk.state.draft_id == stay


@pytest.mark.parametrize("words", ["quay lại", "khai sinh là gì", "tôi ở gần chỗ đăng ký tạm trú", "Nguyễn Văn Trước"])
def test_words_that_want_no_other_form_keep_this_one(talk: FormTalk, words: str) -> None:
    talk.presses("open", procedure_code=BIRTH)
    birth = talk.state.draft_id
    talk.says(words)
    assert talk.state.draft_id == birth


def test_going_on_is_not_offered_to_who_asks_something_else(talk: FormTalk) -> None:
    said = talk.says("nộp tiếp lệ phí thì nộp ở đâu?", "ask_place", 0.9)
    assert "VNeID" not in said
