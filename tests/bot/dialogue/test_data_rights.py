"""Rights over one's own data in the talk: view, file, deletion in two steps, consent per purpose, requests to people."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import Literal

import pytest

from bot.dialogue.services import HeldLine, RightsTicket, Services
from bot.rights.kinds import PURPOSES, Purpose, RequestKind
from tests.bot.dialogue.conftest import Conversation


@dataclass
class Rights:
    """Remembers what was asked for."""

    lines: Sequence[HeldLine] = (
        HeldLine("messages", 12, datetime(2026, 8, 5, 3, tzinfo=UTC), datetime(2026, 11, 23, 3, tzinfo=UTC), 365),
        HeldLine("files", 1, datetime(2026, 11, 24, 3, tzinfo=UTC), datetime(2026, 11, 24, 3, tzinfo=UTC), 1, True),
    )
    given: dict[Purpose, bool] = field(default_factory=dict)
    deleted: list[str] = field(default_factory=list)
    requests: list[tuple[str, str]] = field(default_factory=list)
    address: str = "https://motcua.example"

    def held(self, conversation_id: str) -> Sequence[HeldLine]:
        assert conversation_id == "c1"
        return self.lines

    def export_link(self, conversation_id: str) -> str:
        assert conversation_id == "c1"
        return f"{self.address}/my-data/abc"

    def ask_deletion(self, conversation_id: str) -> str:
        self.deleted.append(conversation_id)
        return "XDL-7K2MPQRS"

    def consents(self, conversation_id: str) -> Mapping[Purpose, bool]:
        assert conversation_id == "c1"
        return {purpose: self.given.get(purpose, False) for purpose in PURPOSES}

    def set_consents(
        self, conversation_id: str, purposes: Sequence[Purpose], *, given: bool, how: Literal["button", "words"]
    ) -> None:
        assert conversation_id == "c1"
        assert how in ("button", "words")
        self.given |= dict.fromkeys(purposes, given)

    def open_request(self, conversation_id: str, kind: RequestKind, words: str) -> RightsTicket:
        assert conversation_id == "c1"
        self.requests.append((kind, words))
        return RightsTicket("QDL-12", date(2026, 11, 25))


@pytest.fixture
def rights() -> Rights:
    return Rights()


@pytest.fixture
def talk(services: Services, rights: Rights) -> Conversation:
    return Conversation(replace(services, rights=rights))


def test_who_asks_sees_what_is_held_and_for_how_long(talk: Conversation) -> None:
    (message,) = talk.hears("xem dữ liệu của tôi", "nlu_fallback")
    assert "Tin nhắn của Ông/Bà: 12, từ 05/08/2026 đến 23/11/2026. Giữ 365 ngày." in message.text
    assert "Tệp và ảnh: 1, hết hạn 24/11/2026. Xoá khi hết hạn." in message.text
    assert talk.buttons() == ["Nhận tệp dữ liệu", "Xoá dữ liệu của tôi", "Việc đã đồng ý"]


def test_who_has_nothing_here_is_told_so(talk: Conversation, rights: Rights) -> None:
    rights.lines = ()
    (message,) = talk.hears("bot lưu gì về tôi", "bot_challenge")
    assert "không giữ dữ liệu nào" in message.text


def test_the_file_comes_as_a_link_with_its_limits(talk: Conversation, rights: Rights) -> None:
    talk.hears("xem dữ liệu của tôi", "nlu_fallback")
    (message,) = talk.presses("Nhận tệp dữ liệu")
    assert "https://motcua.example/my-data/abc" in message.text
    assert "1 giờ" in message.text
    assert talk.buttons() == ["Mở liên kết"]
    rights.address = "http://127.0.0.1:8080"
    talk.hears("xem dữ liệu của tôi", "nlu_fallback")
    talk.presses("Nhận tệp dữ liệu")
    assert talk.buttons() == []


def test_deletion_is_explained_and_asked_for_before_it_is_done(talk: Conversation, rights: Rights) -> None:
    explained, asked = talk.hears("xoá dữ liệu của tôi", "nlu_fallback")
    assert "Phải giữ lại theo quy định" in explained.text
    assert asked.kind == "question"
    assert rights.deleted == []
    (done,) = talk.presses("Xoá hết")
    assert rights.deleted == ["c1"]
    assert "XDL-7K2MPQRS" in done.text


@pytest.mark.parametrize(
    ("words", "intent"),
    [("có", "affirm"), ("đồng ý xoá", "affirm"), ("ok xoá đi", "nlu_fallback"), ("chắc chắn", "nlu_fallback")],
)
def test_a_typed_yes_deletes(talk: Conversation, rights: Rights, words: str, intent: str) -> None:
    talk.hears("xoá dữ liệu của tôi", "nlu_fallback")
    talk.hears(words, intent)
    assert rights.deleted == ["c1"]


@pytest.mark.parametrize(("words", "intent"), [("không", "deny"), ("thôi", "deny"), ("không xoá nữa", "nlu_fallback")])
def test_a_typed_no_deletes_nothing(talk: Conversation, rights: Rights, words: str, intent: str) -> None:
    talk.hears("xoá dữ liệu của tôi", "nlu_fallback")
    (message,) = talk.hears(words, intent)
    assert "không xoá gì" in message.text
    talk.hears("có", "affirm")
    assert rights.deleted == []


def test_another_question_is_answered_and_is_no_yes(talk: Conversation, rights: Rights) -> None:
    talk.hears("xoá dữ liệu của tôi", "nlu_fallback")
    messages = talk.hears("đăng ký khai sinh cần giấy tờ gì", "ask_documents")
    assert messages[0].procedure_code is not None
    talk.hears("có", "affirm")
    assert rights.deleted == []


def test_an_old_button_asks_again_and_deletes_nothing(talk: Conversation, rights: Rights) -> None:
    talk.hears("xoá dữ liệu của tôi", "nlu_fallback")
    asked = talk.last
    talk.hears("thôi", "deny")
    talk.last = asked
    messages = talk.presses("Xoá hết")
    assert rights.deleted == []
    assert messages[-1].kind == "question"


def test_the_consent_card_shows_each_purpose_by_itself_and_toggles_it(talk: Conversation, rights: Rights) -> None:
    (card,) = talk.hears("quản lý đồng ý", "nlu_fallback")
    assert card.text.count("(chưa đồng ý)") == 4
    assert "Không trả lời là không đồng ý" in card.text
    (noted,) = talk.presses("Đồng ý: khảo sát")
    assert "khảo sát" in noted.text
    assert rights.given == {"survey": True}
    (card,) = talk.presses("Việc đã đồng ý")
    assert card.text.count("(đang đồng ý)") == 1
    assert talk.buttons()[-3:] == ["Rút: khảo sát", "Đồng ý: nhận tin tuyên truyền", "Rút tất cả"]
    talk.presses("Rút tất cả")
    assert set(rights.given.values()) == {False}


def test_a_yes_in_words_is_taken_for_one_named_purpose_only(talk: Conversation, rights: Rights) -> None:
    talk.hears("tôi đồng ý cho cải thiện bot", "affirm")
    assert rights.given == {"improve": True}
    (message,) = talk.hears("tôi đồng ý cho khảo sát và cải thiện trợ lý", "affirm")
    assert "(đang đồng ý)" in message.text, "the card is shown"
    assert "survey" not in rights.given


def test_a_withdrawal_in_words_takes_back_all_or_one(talk: Conversation, rights: Rights) -> None:
    talk.hears("rút đồng ý khảo sát", "nlu_fallback")
    assert rights.given == {"survey": False}
    (message,) = talk.hears("tôi rút đồng ý", "nlu_fallback")
    assert rights.given == dict.fromkeys(PURPOSES, False)
    assert "vẫn như trước" in message.text


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("sửa dữ liệu của tôi", "correct"),
        ("tôi phản đối việc xử lý dữ liệu của tôi", "object"),
        ("khiếu nại về bảo vệ dữ liệu cá nhân", "complaint"),
    ],
)
def test_what_the_talk_cannot_do_becomes_a_request_with_its_day(talk: Conversation, rights: Rights, text: str, kind: str) -> None:
    (message,) = talk.hears(text, "complaint")
    assert rights.requests == [(kind, text)]
    assert "QDL-12" in message.text
    assert "25/11/2026" in message.text


def test_rights_come_before_an_open_question_and_after_them_the_talk_goes_on(talk: Conversation) -> None:
    talk.hears("đăng ký khai sinh", "find_procedure")
    talk.hears("xem dữ liệu của tôi", "inform")
    messages = talk.hears("phí bao nhiêu", "ask_fee")
    assert messages[0].procedure_code is not None


def test_without_the_service_the_words_mean_nothing_special(services: Services) -> None:
    talk = Conversation(services)
    messages = talk.hears("xem dữ liệu của tôi", "nlu_fallback")
    assert "đang giữ" not in messages[0].text
