"""Who wants news says so once and says where they live; one word ends it; a form and a question keep their own words."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from bot.accounts.scope import ALL_AGENCIES
from bot.catalogue.load import load_offices
from bot.conversations.clock import utc_now
from bot.conversations.speech import Line, write_lines
from bot.conversations.turns import Claim, Conclusion
from bot.messages import BotMessage
from bot.outreach.campaigns.content import Content
from bot.outreach.campaigns.desk import Campaigns, Draft
from bot.outreach.campaigns.links import link_code
from bot.outreach.campaigns.rules import CampaignRules
from bot.outreach.campaigns.telling import go_round
from bot.outreach.quiet_hours import QuietHours
from bot.rights.consent import has_consent, has_declined, record_consent
from bot.settings import PROJECT_ROOT
from bot.storage.campaign_models import CampaignCount, CampaignVisit, OutreachSubscription
from bot.storage.database import Database, writing
from bot.storage.dossier_models import DossierWatch
from bot.storage.models import Conversation, Inbound, Outbound
from bot.texts import say
from connectors.gateway import people_rules
from connectors.gateway.outreach_desk import EXPECTS_PLACE, OutreachDesk
from connectors.start_links import meaning_of_start
from tests.connectors.fake_engine import FakeEngine
from tests.connectors.harness import Browser, working

PLACES = load_offices(PROJECT_ROOT / "data" / "catalogue").places
RULES = CampaignRules(QuietHours.parse(""), timedelta(days=7), 600, "https://motcua.example")
CONTENT = Content("Tin", "Nộp hồ sơ qua mạng.", procedure_code="1.004222", channels=("telegram",))


@pytest.fixture
def desk(database: Database) -> OutreachDesk:
    return OutreachDesk(database.sessions, RULES, PLACES)


@pytest.fixture
def worker(database: Database, engine: FakeEngine, gateway: str, desk: OutreachDesk) -> Iterator[None]:  # noqa: ARG001
    with working(database, engine, outreach=desk):
        yield


def consent(database: Database, conversation_id: str) -> tuple[bool, bool]:
    """Agreed, and declined."""
    with database.sessions() as session:
        now = utc_now()
        return has_consent(session, conversation_id, "outreach", now), has_declined(session, conversation_id, "outreach", now)


def place(database: Database, conversation_id: str) -> Any:
    with database.sessions() as session:
        row = session.get(OutreachSubscription, conversation_id)
        return row.place_id if row is not None else "none"


@pytest.mark.usefixtures("worker")
def test_from_the_wish_for_news_to_the_ward_and_the_end(database: Database, browser: Browser, engine: FakeEngine) -> None:
    browser.say("nhận tin")
    assert browser.wait_replies(1)[-1] == say("outreach_asked", days=7)
    assert consent(database, browser.conversation_id) == (False, False)
    browser.press("Đồng ý nhận tin")
    assert browser.wait_replies(3)[-1] == say("outreach_where")
    assert consent(database, browser.conversation_id) == (True, False)
    assert place(database, browser.conversation_id) is None
    browser.say("tôi ở phường Từ Sơn")
    assert browser.wait_replies(4)[-1] == say("outreach_place_set", ward="phường Từ Sơn")
    assert place(database, browser.conversation_id) == "phuong-tu-son"
    browser.say("hủy nhận tin")
    assert browser.wait_replies(5)[-1] == say("outreach_stopped")
    assert consent(database, browser.conversation_id) == (False, True)
    assert place(database, browser.conversation_id) == "none"
    assert engine.turns == []


@pytest.mark.usefixtures("worker")
@pytest.mark.parametrize(("typed", "agreed"), [("đồng ý", True), ("có ạ", True), ("khong", False)])
def test_a_typed_yes_or_no_answers_the_question(
    database: Database, browser: Browser, engine: FakeEngine, typed: str, agreed: bool
) -> None:
    browser.say("nhận tin")
    browser.wait_replies(1)
    browser.say(typed)
    said = browser.wait_replies(3 if agreed else 2)[-1]
    assert said == (say("outreach_where") if agreed else say("outreach_declined"))
    assert consent(database, browser.conversation_id) == (agreed, not agreed)
    assert engine.turns == []


@pytest.mark.usefixtures("worker")
def test_a_yes_after_another_question_agrees_to_nothing(database: Database, browser: Browser, engine: FakeEngine) -> None:
    browser.say("nhận tin")
    browser.wait_replies(1)
    browser.say("lệ phí bao nhiêu")
    browser.wait_replies(2)
    browser.say("đồng ý")
    browser.wait_replies(3)
    assert consent(database, browser.conversation_id) == (False, False)
    assert len(engine.turns) == 2


@pytest.mark.usefixtures("worker")
def test_a_question_instead_of_a_place_is_answered(database: Database, browser: Browser, engine: FakeEngine) -> None:
    browser.say("nhận tin")
    browser.wait_replies(1)
    browser.press("Đồng ý nhận tin")
    browser.wait_replies(3)
    browser.say("lệ phí bao nhiêu")
    assert browser.wait_replies(4)[-1] == "Trả lời: lệ phí bao nhiêu"
    browser.say("phường Từ Sơn")
    assert browser.wait_replies(5)[-1] == "Trả lời: phường Từ Sơn"
    assert place(database, browser.conversation_id) is None
    assert len(engine.turns) == 2


@pytest.mark.usefixtures("worker")
def test_no_is_no_and_is_not_asked_again(database: Database, browser: Browser, desk: OutreachDesk) -> None:
    browser.say("nhận tin")
    browser.wait_replies(1)
    browser.press("Không nhận")
    assert browser.wait_replies(2)[-1] == say("outreach_declined")
    assert consent(database, browser.conversation_id) == (False, True)
    assert after_rating(desk, browser.conversation_id, "7:good") == [say("rating_thanks")]


def after_rating(desk: OutreachDesk, conversation_id: str, value: str) -> list[str]:
    rated = claim(conversation_id, act={"intent": "rate_officer", "entities": {"value": value}})
    return [line.message.text for line in desk.after_rating(rated, people_rules.rated(rated)).lines]


def test_the_question_is_put_after_a_good_rating_only(desk: OutreachDesk, talk: str) -> None:
    assert after_rating(desk, talk, "7:good") == [say("rating_thanks"), say("outreach_asked", days=7)]
    assert after_rating(desk, talk, "7:poor") == [say("rating_why")]


@pytest.fixture
def talk(database: Database) -> str:
    """A conversation on Telegram whose citizen is in no hurry."""
    with writing(database.sessions) as session:
        now = utc_now()
        ago = now - timedelta(hours=2)
        session.add(
            Conversation(
                id="t1", channel="telegram", account="bot", external_id="42", opened_at=ago, acted_at=ago, last_inbound_at=ago
            )
        )
    return "t1"


def claim(conversation_id: str, text: str | None = None, act: dict[str, Any] | None = None, **more: Any) -> Claim:
    values: dict[str, Any] = {"speaker": "bot", "attempt": 1, "expects": None} | more
    return Claim(
        conversation_id, "w", 1, values["speaker"], 1, "telegram", 1, 1, text, act, values["attempt"], False,
        expects=values["expects"],
    )  # fmt: skip


def carried_out(desk: OutreachDesk, database: Database, asked: Claim) -> list[str] | None:
    """What is said, with what is written; None where the turn goes on to the engine."""
    taken = desk.take(asked)
    if not isinstance(taken, Conclusion):
        return None
    if taken.also is not None:
        with writing(database.sessions) as session:
            taken.also(session, session.get_one(Conversation, asked.conversation_id), utc_now())
    return [line.message.text for line in taken.lines]


def press(do: str, **more: str) -> dict[str, Any]:
    return {"intent": "outreach", "entities": {"do": do} | more}


@pytest.fixture
def campaign(desk: OutreachDesk, database: Database, talk: str) -> int:
    """One that was told in the talk."""
    carried_out(desk, database, claim(talk, act=press("yes")))
    carried_out(desk, database, claim(talk, act=press("place", place_id="phuong-tu-son")))
    rows, now = Campaigns(database.sessions), utc_now()

    def nothing(*_given: Any) -> None:
        """No audit."""

    number = rows.create(Draft(CONTENT), "anna", None, now, nothing)
    rows.submit(number, {"1.004222": "x"}, ALL_AGENCIES, now, nothing)
    rows.approve(number, 1, "binh", {"1.004222": "x"}, ALL_AGENCIES, now, nothing)
    rows.start(number, ALL_AGENCIES, now, nothing)
    assert go_round(database.sessions, RULES, now).told == 1
    return number


def counted(database: Database) -> dict[tuple[str, str, str], int]:
    with database.sessions() as session:
        return {(row.channel, row.place_id, row.step): row.n for row in session.scalars(select(CampaignCount)).all()}


@pytest.mark.parametrize("word", ["STOP", "HUY", "hủy", "dừng", "thôi không nhận"])
@pytest.mark.parametrize("speaker", ["bot", "waiting", "officer"])
@pytest.mark.usefixtures("campaign")
def test_one_word_right_after_a_campaign_ends_it_whoever_has_the_talk(
    desk: OutreachDesk, database: Database, talk: str, word: str, speaker: str
) -> None:
    assert carried_out(desk, database, claim(talk, word, speaker=speaker)) == [say("outreach_stopped")]
    assert consent(database, talk) == (False, True)
    with database.sessions() as session:
        assert session.scalars(select(Outbound.state)).all() == ["dropped"]
    assert counted(database)[("telegram", "phuong-tu-son", "stopped")] == 1


@pytest.mark.usefixtures("campaign")
def test_after_something_else_was_said_the_bare_word_is_the_forms(desk: OutreachDesk, database: Database, talk: str) -> None:
    with writing(database.sessions) as session:
        question = Line(BotMessage("Họ và tên của Ông/Bà?", "question"))
        write_lines(session, session.get_one(Conversation, talk), [question], key="turn:9", now=utc_now())
    assert carried_out(desk, database, claim(talk, "hủy")) is None
    assert consent(database, talk) == (True, False)
    assert carried_out(desk, database, claim(talk, "hủy nhận tin")) == [say("outreach_stopped")]


def test_words_that_stop_news_mean_nothing_to_who_gets_none(desk: OutreachDesk, database: Database, talk: str) -> None:
    assert carried_out(desk, database, claim(talk, "hủy nhận tin")) is None
    assert carried_out(desk, database, claim(talk, "STOP")) is None


def test_a_bare_stop_belongs_to_a_followed_dossier_where_there_is_one(desk: OutreachDesk, database: Database, talk: str) -> None:
    carried_out(desk, database, claim(talk, act=press("yes")))
    watch = DossierWatch(
        id="w1", conversation_id=talk, dossier_key="k", shown="…1", state="active", consent_at=utc_now(), consent_text="x",
        portal_ended=False,
    )  # fmt: skip
    with writing(database.sessions) as session:
        session.add(watch)
    assert carried_out(desk, database, claim(talk, "STOP")) is None
    with writing(database.sessions) as session:
        session.execute(update(DossierWatch).values(state="ended", ended_at=utc_now(), end_reason="x"))
    assert carried_out(desk, database, claim(talk, "STOP")) == [say("outreach_stopped")]


def test_the_button_see_how_is_one_click_and_goes_on_as_the_procedure(
    desk: OutreachDesk, database: Database, talk: str, campaign: int
) -> None:
    pressed = claim(talk, act=press("open", campaign=str(campaign)))
    taken = desk.take(pressed)
    assert isinstance(taken, Claim)
    assert taken.act == {"intent": "choose_procedure", "entities": {"procedure_code": "1.004222"}}
    desk.take(claim(talk, act=press("open", campaign=str(campaign)), attempt=2))
    assert counted(database)[("telegram", "phuong-tu-son", "clicked")] == 1
    with database.sessions() as session:
        assert session.get_one(CampaignVisit, talk).campaign_id == campaign


@pytest.mark.parametrize("number", ["", "x", "-1", "999", "9" * 30, "１"])
def test_a_button_of_a_campaign_that_is_gone_is_answered(desk: OutreachDesk, database: Database, talk: str, number: str) -> None:
    assert carried_out(desk, database, claim(talk, act=press("open", campaign=number))) == [say("outreach_opened_gone")]


def test_an_old_button_for_a_place_makes_no_subscription(desk: OutreachDesk, database: Database, talk: str) -> None:
    said = carried_out(desk, database, claim(talk, act=press("place", place_id="phuong-tu-son")))
    assert said == [say("outreach_asked", days=7)]
    assert place(database, talk) == "none"


def test_who_gets_news_already_may_name_another_place(desk: OutreachDesk, database: Database, talk: str) -> None:
    with writing(database.sessions) as session:
        record_consent(session, talk, "outreach", True, "button", utc_now())
    assert carried_out(desk, database, claim(talk, "nhận tin")) == [say("outreach_already"), say("outreach_where")]
    carried_out(desk, database, claim(talk, "xã Yên Thế", expects=EXPECTS_PLACE))
    assert place(database, talk) == "xa-yen-the"


def test_a_name_of_several_places_is_asked_back(desk: OutreachDesk, database: Database, talk: str) -> None:
    carried_out(desk, database, claim(talk, act=press("yes")))
    taken = desk.take(claim(talk, "Yên Phong", expects=EXPECTS_PLACE))
    assert isinstance(taken, Conclusion)
    assert taken.lines[0].message.text == say("outreach_which_place")
    assert "Phường Yên Phong".lower() in [button.title.lower() for button in taken.lines[0].message.buttons]
    assert place(database, talk) is None


def test_wards_that_were_named_before_are_offered_and_not_assumed(desk: OutreachDesk, database: Database, talk: str) -> None:
    with writing(database.sessions) as session:
        session.add(
            Inbound(
                conversation_id=talk, channel="telegram", account="bot", event_id="e1", seq=1, received_at=utc_now(),
                text="làm khai sinh ở phường Võ Cường",
            )
        )  # fmt: skip
    taken = desk.take(claim(talk, act=press("yes")))
    assert isinstance(taken, Conclusion)
    titles = [button.title for button in taken.lines[-1].message.buttons]
    assert titles == ["phường Võ Cường", say("outreach_button_no_place")]


def test_a_writer_sees_the_campaign_in_their_own_chat(desk: OutreachDesk, database: Database, talk: str) -> None:
    rows = Campaigns(database.sessions)
    number = rows.create(Draft(CONTENT), "anna", None, utc_now(), lambda *_: None)
    code = rows.make_test_code(number, ALL_AGENCIES, utc_now(), lambda *_: None)
    (shown,) = carried_out(desk, database, claim(talk, f"thử tin {code}")) or [""]
    assert shown.startswith("[TIN THỬ")
    assert CONTENT.short_text in shown
    assert carried_out(desk, database, claim(talk, "THỬ TIN AAAAAAAA")) == [say("outreach_test_unknown")]
    assert counted(database) == {}


def test_a_link_into_a_messenger_counts_for_its_ward(desk: OutreachDesk, database: Database, talk: str, campaign: int) -> None:
    with writing(database.sessions) as session:
        code = link_code(session, campaign, "poster", "xa-yen-the")
    words = meaning_of_start(f"tin-{code}")
    assert words is not None
    assert carried_out(desk, database, claim(talk, words)) == ["Tin\n\nNộp hồ sơ qua mạng."]
    assert counted(database)[("poster", "xa-yen-the", "clicked")] == 1
    assert carried_out(desk, database, claim(talk, "tin ZZZZZZZZ")) is None


def test_nobody_knows_who_speaks_so_nothing_is_said(desk: OutreachDesk, talk: str) -> None:
    assert desk.take(claim(talk, "hủy nhận tin", speaker="of-a-new-release")) is None
