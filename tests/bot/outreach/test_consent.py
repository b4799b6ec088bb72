"""Nothing is told without a consent, and a withdrawn one ends it at once, whatever was on its way."""

from collections.abc import Callable

from sqlalchemy import delete, select

from bot.conversations.speech import Line, write_lines
from bot.messages import BotMessage
from bot.rights.consent import WITHDRAWN, has_consent, record_consent
from bot.storage.channel_models import Delivery
from bot.storage.database import writing
from bot.storage.dossier_models import DossierNotice
from bot.storage.models import Conversation, Outbound
from bot.storage.rights_models import Consent
from tests.bot.outreach.conftest import OTHER_CODE, House, made


def says(house: House, name: str, *, given: bool) -> None:
    with writing(house.database.sessions) as session:
        record_consent(session, name, "reminders", given, "words", house.clock())


def test_following_a_dossier_is_a_consent_on_the_list_with_the_text_that_was_shown(house: House) -> None:
    house.watches.ask(house.citizen(), "H05.15-261120-0001", "watch_consent_1", house.clock(), how="button")
    with house.database.sessions() as session:
        row = session.scalars(select(Consent)).one()
        assert has_consent(session, "c1", "reminders", house.clock())
    assert (row.purpose, row.given, row.how, row.text_key) == ("reminders", True, "button", "watch_consent_1")


def test_without_a_consent_a_change_is_not_told_and_its_row_says_why(house: House) -> None:
    watch_id = house.follows(house.citizen())
    house.changed(watch_id, made(status="9"))
    with writing(house.database.sessions) as session:
        session.execute(delete(Consent))
    assert house.tell().not_told >= 1
    assert set(house.notices()) == {("not_told", "no_consent")}
    assert house.texts() == []
    assert (house.watch(watch_id).state, house.watch(watch_id).end_reason) == ("ended", "no_consent")
    with house.database.sessions() as session:
        assert session.scalars(select(DossierNotice).where(DossierNotice.content.is_not(None))).all() == []


def test_withdrawing_ends_what_waits_for_the_morning_and_what_was_missed(house: House, at_night: Callable[[], None]) -> None:
    missed = house.follows(house.citizen("f1", "facebook"))
    house.clock.move(hours=25)
    house.changed(missed, made(status="2"))
    house.tell()
    waiting = house.follows("f1", OTHER_CODE)
    at_night()
    house.changed(waiting, made(OTHER_CODE, status="4"))
    says(house, "f1", given=False)
    house.acts("f1")
    house.clock.move(hours=9)
    assert house.tell().told == 0
    assert house.texts("f1") == []
    assert house.notices() == [("not_told", "window_closed"), ("not_told", WITHDRAWN)]
    assert house.watch(waiting).end_reason == WITHDRAWN
    assert house.changed(waiting, made(OTHER_CODE, status="9")) == "not_watched"


def test_withdrawing_in_one_conversation_ends_it_in_every_one_of_the_person_and_in_nobody_elses(house: House) -> None:
    mine = house.follows(house.citizen("z1", "zalo", person="p1"))
    other = house.follows(house.citizen("z2", "zalo", person="p2"), OTHER_CODE)
    house.citizen("w1", "webchat", person="p1")
    says(house, "w1", given=False)
    assert [house.watch(one).state for one in (mine, other)] == ["unsubscribed", "active"]
    house.changed(other, made(OTHER_CODE, status="4"))
    assert house.tell().told == 1


def test_a_wish_that_waits_for_the_portal_is_gone_with_its_proofs(house: House) -> None:
    watch_id = house.watches.ask(house.citizen(), "H05.15-261120-0001", "watch_consent_later_1", house.clock(), proofs=b"sealed")
    says(house, "c1", given=False)
    assert house.watch(watch_id).proofs is None
    assert house.watches.active("c1") == ()


def test_a_notice_that_waits_to_be_sent_is_held_back_and_other_words_are_not(house: House) -> None:
    watch_id = house.follows(house.citizen("z1", "zalo"))
    house.changed(watch_id, made(status="4"))
    assert house.tell().told == 1
    with writing(house.database.sessions) as session:
        answer = Line(BotMessage("Lệ phí là 0 đồng"), "system")
        write_lines(session, session.get_one(Conversation, "z1"), [answer], key="other", now=house.clock())
        notice = session.scalars(select(Outbound).order_by(Outbound.id)).first()
        assert notice is not None
        session.add(
            Delivery(
                outbound_id=notice.id, conversation_id="z1", part=0, call={}, shown="", state="pending", created_at=house.clock()
            )
        )
    says(house, "z1", given=False)
    with house.database.sessions() as session:
        lines = session.execute(select(Outbound.state, Outbound.detail).order_by(Outbound.id)).all()
        parts = session.scalars(select(Delivery.state)).all()
    assert [tuple(line) for line in lines] == [("dropped", WITHDRAWN), ("pending", None)]
    assert parts == ["dropped"]


def test_who_agrees_again_is_told_again_of_what_they_follow_then(house: House) -> None:
    first = house.follows(house.citizen())
    says(house, "c1", given=False)
    house.clock.move(minutes=1)
    again = house.follows("c1")
    house.changed(again, made(status="4"))
    assert house.tell().told == 1
    assert house.watch(first).state == "unsubscribed"
