"""The search over transcripts: words without marks, phrases, hostile words, filters together, scope, pages."""

import unicodedata
from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.accounts.permissions import Role
from bot.accounts.scope import ALL_AGENCIES, AgencyScope
from bot.accounts.view import AccountView
from bot.messages import BotMessage
from bot.officers.speaking import officer_says
from bot.officers.taking import claim_conversation, close_conversation
from bot.officers.visibility import may_see, sight_of
from bot.review.index import index_everything, index_round, lines_not_indexed, rebuild_index
from bot.review.judgements import judge
from bot.review.search import TranscriptFilter, count_by_value, found_conversations, officers_seen
from bot.review.words import parse_terms
from bot.storage.database import writing
from bot.storage.models import Outbound, PrivateValue
from tests.bot.officers.office import LAN, Office
from tests.bot.review.talks import ALL, found, found_page, talk


def account(name: str, scope: AgencyScope) -> AccountView:
    return AccountView(f"id-{name}", name, name, None, (Role.OFFICER,), scope, True, True, False, True, False)


@pytest.mark.parametrize(
    "typed",
    [
        "giấy khai sinh",
        "giay khai sinh",
        "GIẤY KHAI SINH",
        "sinh giay",
        '"khai sinh"',
        "“giấy khai”",
        unicodedata.normalize("NFD", "giấy khai sinh"),
        "đăng ký",
        "dang ky",
        "giấy, khai; (sinh)!",
        "gi\u200bấy",
    ],
)
def test_words_are_found_however_they_are_typed(office: Office, typed: str) -> None:
    wanted = talk(office, "Tôi muốn đăng ký lại giấy khai sinh cho con")
    talk(office, "Lệ phí cấp hộ chiếu bao nhiêu?")
    assert found(office, typed) == [wanted]


def test_a_citizens_decomposed_letters_are_found_by_composed_ones(office: Office) -> None:
    wanted = talk(office, unicodedata.normalize("NFD", "Sổ hộ nghèo"))
    assert found(office, "hộ nghèo") == found(office, '"so ho"') == [wanted]


def test_a_phrase_wants_its_words_beside_each_other_and_words_may_stand_anywhere_in_the_message(office: Office) -> None:
    beside = talk(office, "làm khai sinh")
    apart = talk(office, "khai báo việc sinh con")
    talk(office, "khai báo tạm trú")
    assert found(office, "khai sinh") == [apart, beside]
    assert found(office, '"khai sinh"') == [beside]
    assert found(office, '"sinh khai"') == []
    assert found(office, '"khai bao" con') == [apart]


def test_words_in_two_messages_are_not_one_message(office: Office) -> None:
    conversation = talk(office, "con tôi mới đẻ")
    talk(office, "hộ chiếu", conversation=conversation)
    assert found(office, "đẻ chiếu") == []


@pytest.mark.parametrize(
    "typed",
    ["'", '"', '""', '"a', "''''", "\\", "%", "_", "* OR *", "khai* AND NOT sinh", "NEAR(khai sinh)", "words:khai",
     "khai & !sinh", "khai | sinh", "':*", "<->", "(khai", "^khai", "-khai", "khai:A", "'; DROP TABLE inbound; --", "😀",
     "\U0001f468\u200d\U0001f469\u200d\U0001f467", "\x00", "\ud800", "\u3000", "𝓴𝓱𝓪𝓲", "x" * 100_000, "từ " * 5_000, '"' * 500,
     "漢字", "١٢٣", "²", "½", "ʼn", "ı", "İ", "ß"],
)  # fmt: skip
def test_hostile_words_are_only_words(office: Office, typed: str) -> None:
    talk(office, "bình thường")
    page = found_page(office, typed)
    if not parse_terms(typed):
        assert page.total == 1, "nothing to look for: everything is shown"
    else:
        assert page.total == 0
    other = talk(office, f"trước {typed[:1500]} sau")
    if parse_terms(typed[:200]):
        assert found(office, typed[:200]) == [other], "what was written is found by itself"


def test_operators_typed_by_a_person_are_looked_for_as_words(office: Office) -> None:
    talk(office, "khai báo")
    wanted = talk(office, "khai or not near")
    assert found(office, "khai OR near NOT") == [wanted]


def test_the_answer_of_the_bot_is_found_too_and_the_words_are_marked(office: Office) -> None:
    talk(office, "phí?", "Lệ phí **đăng ký kết hôn** là 30.000 đồng. <b>Miễn</b> cho hộ nghèo.")
    (row,) = found_page(office, "ket hon").rows
    (line,) = row.lines
    assert (row.lines_found, line.speaks) == (1, "bot")
    assert [piece.text for piece in line.pieces if piece.found] == ["kết", "hôn"]
    assert "".join(piece.text for piece in line.pieces) == "Lệ phí đăng ký kết hôn là 30.000 đồng. <b>Miễn</b> cho hộ nghèo."


def test_a_private_number_is_not_found_and_not_shown(office: Office) -> None:
    conversation = talk(office, "số của tôi 024099001234 nhé")
    with office.sessions() as session:
        (token,) = session.scalars(select(PrivateValue.token))
    assert found(office, "024099001234") == found(office, token) == []
    assert found(office, "số của tôi") == [conversation]
    (row,) = found_page(office, "số của tôi").rows
    assert "024099001234" not in str(row)
    assert "234 nhé" in "".join(piece.text for piece in row.lines[0].pieces)


def test_the_newest_come_first_and_by_relevance_the_better_ones(office: Office) -> None:
    better = talk(office, "hộ chiếu hộ chiếu", "ok")
    longer = talk(office, "tôi hỏi dài dòng về rất nhiều thứ khác nhau trong đó có cả hộ chiếu của tôi và nhiều việc nữa", "ok")
    talk(office, "không liên quan", "ok")
    assert found(office, "chiếu") == [longer, better]
    assert [row.conversation_id for row in found_page(office, "chiếu", order="relevance").rows] == [better, longer]


def test_filters_hold_together_on_one_line(office: Office) -> None:
    wanted = talk(office, "phí khai sinh", intent="ask_fee", confidence=0.4, procedure="1.001193")
    other = talk(office, "giấy tờ khai sinh", intent="ask_documents", confidence=0.95, procedure="1.001193")
    assert found(office, "khai sinh", intent="ask_fee") == [wanted]
    assert found(office, confidence_to=0.5) == [wanted]
    assert found(office, confidence_from=0.5, confidence_to=0.96) == [other]
    assert found(office, procedure_code="1.001193") == [other, wanted]
    assert found(office, procedure_code="1.001193", intent="ask_documents", confidence_to=0.5) == []
    assert found(office, outcome="answered", channel="webchat") == [other, wanted]
    assert found(office, channel="zalo") == found(office, outcome="failed_and_told") == []
    middle = office.clock.now - timedelta(seconds=30)
    assert found(office, "khai", since=middle) == [other]
    assert found(office, "khai", before=middle) == [wanted]


def test_what_people_did_is_a_filter(office: Office) -> None:
    plain = talk(office, "chào")
    office.member("tthcc-tinh", "lan")
    office.clock.move(minutes=1)
    handed = office.citizen()
    office.asks_for_person(handed, "complaint")
    claim_conversation(office.sessions, handed, LAN, office.clock())
    officer_says(office.sessions, office.private, handed, LAN, BotMessage("Tôi giúp ngay"), "k1", office.clock())
    close_conversation(office.sessions, handed, LAN, "solved", office.clock())
    office.presses(handed, "Hài lòng")
    assert found(office, reason="complaint", team="tthcc-tinh", ended="solved", officer="lan", rating="good") == [handed]
    assert found(office, reason="asked") == found(office, rating="poor") == found(office, officer="hoa") == []
    assert found(office, "giúp ngay", officer="lan") == [handed]
    with office.sessions() as session:
        assert officers_seen(session, ALL) == ["lan"]
        counts = count_by_value(session, ALL, TranscriptFilter())
        assert counts["channel"] == [("webchat", 2)]
        assert counts["reason"] == [("complaint", 1)]
        assert counts["rating"] == [("good", 1)]
        assert count_by_value(session, ALL, TranscriptFilter(parse_terms("chào")))["outcome"] == [("answered", 1)]
        assert found_conversations(session, ALL, TranscriptFilter(), 1) == [handed]
    assert plain in found(office)


def test_judged_answers_are_a_filter(office: Office) -> None:
    wrong, right, nobody = (talk(office, f"câu {number}") for number in range(3))
    for conversation, verdict in ((wrong, "wrong"), (right, "right")):
        with writing(office.sessions) as session:
            answer = (
                session.query(Outbound).filter_by(conversation_id=conversation, author="bot").order_by(Outbound.id.desc()).first()
            )
            judge(session, conversation, answer.id, "lan", "Lan", verdict, office.clock(), fault="outdated")
    assert found(office, verdict="wrong") == [wrong]
    assert found(office, verdict="right") == [right]
    assert found(office, "trả lời", verdict="unjudged") == [nobody]
    with office.sessions() as session:
        assert dict(count_by_value(session, ALL, TranscriptFilter())["verdict"]) == {"wrong": 1, "right": 1}


def test_an_account_sees_its_own_agencies_teams_and_conversations(office: Office) -> None:
    office.member("so-tu-phap", "hoa")
    office.member("place:phuong-kinh-bac", "binh")
    plain = talk(office, "chỉ có trợ lý")
    justice, ward = office.citizen(), office.citizen()
    office.asks_for_person(justice, deciding_agency="so-tu-phap")
    ward_team = next(team for team in office.teams.all if team.places)
    office.member(ward_team.id, "mai")
    office.asks_for_person(ward, place=next(iter(ward_team.places)))
    assert office.handoff(ward).team == ward_team.id

    def sees(who: AccountView) -> set[str]:
        with office.sessions() as session:
            sight = sight_of(session, who, office.teams)
            seen = set(found(office, sight=sight))
            assert seen == {one for one in (plain, justice, ward) if may_see(session, sight, one)}
            assert not may_see(session, sight, "nowhere")
        return seen

    assert sees(account("chief", ALL_AGENCIES)) == {plain, justice, ward}
    assert sees(account("x", AgencyScope.of({"so-tu-phap"}))) == {justice}
    assert sees(account("hoa", AgencyScope())) == {justice}
    assert sees(account("mai", AgencyScope())) == {ward}
    assert sees(account("y", AgencyScope.of({"tthcc-xa"}))) == set(), "the wards share their agency's name"
    assert sees(account("stranger", AgencyScope())) == set()


def test_pages_follow_each_other_without_doubles(office: Office) -> None:
    all_of_them = [talk(office, f"hộ khẩu số {number}") for number in range(23)]
    first, second = found_page(office, "hộ khẩu"), found_page(office, "hộ khẩu", page=2)
    assert (first.total, first.has_next, second.has_next) == (23, True, False)
    assert [row.conversation_id for row in (*first.rows, *second.rows)] == all_of_them[::-1]
    assert found_page(office, "hộ khẩu", page=10**9).rows == ()
    assert found_page(office, "hộ khẩu", page=-5).page == 1


def test_lines_come_into_the_index_once_and_only_when_their_turn_is_over(office: Office) -> None:
    conversation = talk(office, "câu thứ nhất")
    assert index_round(office.sessions) == 3, "greeting, question, answer"
    assert index_round(office.sessions) == 0
    office.writes(conversation, "câu thứ hai")
    assert index_round(office.sessions) == 0
    with office.sessions() as session:
        assert lines_not_indexed(session) == 1
    office.turn()
    assert index_round(office.sessions) == 2
    assert found(office, "thứ hai", outcome="answered") == [conversation]


def test_a_conversation_that_hangs_does_not_hold_the_others_up(office: Office) -> None:
    for number in range(3):
        office.writes(office.citizen(), f"treo {number}")
    index_everything(office.sessions)
    other = talk_after_hanging(office)
    for _ in range(3):
        index_round(office.sessions, most=1)
    assert found(office, "xong") == [other]


def talk_after_hanging(office: Office) -> str:
    conversation = office.citizen()
    with writing(office.sessions) as session:
        from bot.conversations.speech import Line, write_lines
        from bot.storage.models import Conversation

        write_lines(session, session.get_one(Conversation, conversation), [Line(BotMessage("xong"))], key="x", now=office.clock())
    return conversation


def test_a_message_that_is_masked_later_is_masked_in_the_index_too(office: Office) -> None:
    from bot.storage.models import Inbound

    conversation = talk(office, "phần đầu của số")
    assert found(office, "phần đầu") == [conversation]
    with writing(office.sessions) as session:
        session.query(Inbound).filter_by(conversation_id=conversation).update({"text": "…"})
    talk(office, "cảm ơn", conversation=conversation)
    assert found(office, "phần đầu") == []


def test_the_index_made_anew_finds_the_same(office: Office) -> None:
    conversations = [talk(office, f"hộ khẩu {number}") for number in range(3)]
    before = found(office, "hộ khẩu")
    assert rebuild_index(office.sessions) == 9
    assert found(office, "hộ khẩu") == before == conversations[::-1]
