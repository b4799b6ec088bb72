"""A campaign goes to whoever agreed to be told news, once, at a good moment, and to nobody who left."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from bot.accounts.scope import ALL_AGENCIES
from bot.conversations.deletion import forget_citizen
from bot.conversations.outbox import Outbox
from bot.conversations.platform_parts import PartEnd
from bot.conversations.rate_slots import RatePace
from bot.conversations.speech import Line, write_lines
from bot.messages import BotMessage
from bot.outreach.campaigns.content import Content
from bot.outreach.campaigns.filings import count_filings
from bot.outreach.campaigns.links import Landing, note_visit
from bot.outreach.campaigns.telling import go_round
from bot.storage.campaign_models import Campaign, CampaignPerson, OutreachSubscription
from bot.storage.database import writing
from bot.storage.dossier_models import Submission
from bot.storage.eform_models import EFormDraft
from bot.storage.models import Conversation, Outbound
from tests.bot.outreach.campaigns import Town, nothing, rendered


def test_only_who_agreed_is_told(town: Town) -> None:
    town.citizen("yes")
    town.citizen("never-asked", agrees=None)
    town.citizen("no", agrees=False)
    number = town.campaign()
    assert town.round().told == 1
    assert "«HỦY»" in town.told("yes")[0]
    assert town.told("never-asked") == town.told("no") == []
    assert town.people(number) == {"yes": ("queued", None)}


def test_who_left_before_the_start_is_not_in_the_audience(town: Town) -> None:
    town.citizen("one")
    number = town.campaign(start=False)
    town.leaves("one")
    town.desk.start(number, ALL_AGENCIES, town.clock(), nothing)
    town.round()
    assert town.people(number) == {}


def test_who_leaves_while_the_campaign_runs_is_not_told_any_more(town: Town) -> None:
    town.slowly(6)
    for name in ("a", "b", "c"):
        town.citizen(name)
    number = town.campaign()
    assert town.round().told == 1
    waiting = [name for name, (state, _) in town.people(number).items() if state == "waiting"]
    town.leaves(waiting[0])
    assert town.people(number)[waiting[0]] == ("dropped", "consent_withdrawn")
    for _ in range(5):
        _sent(town)
        town.round()
    assert town.told(waiting[0]) == []
    assert town.told(waiting[1]) != []


def test_who_leaves_before_the_line_has_gone_out_does_not_get_it(town: Town) -> None:
    town.citizen("one")
    number = town.campaign()
    town.round()
    town.leaves("one")
    assert [line.state for line in town.lines("one")] == ["dropped"]
    town.round()
    assert town.people(number)["one"][0] == "dropped"
    assert town.counts(number)[("telegram", "", "stopped")] == 1


def test_another_conversation_of_the_same_person_counts_for_both(town: Town) -> None:
    town.citizen("here", person="p1")
    town.citizen("there", "zalo", person="p1", acted=timedelta(minutes=30))
    number = town.campaign()
    town.round()
    assert town.people(number) == {"there": ("queued", None)}
    town.leaves("here")
    assert [line.state for line in town.lines("there")] == ["dropped"]


def test_who_agrees_after_the_start_is_not_added(town: Town) -> None:
    town.citizen("first")
    number = town.campaign()
    town.round()
    town.citizen("late")
    _sent(town)
    town.round()
    assert list(town.people(number)) == ["first"]


def test_a_ward_gets_its_own_news(town: Town) -> None:
    town.citizen("mine", ward="phuong-tu-son")
    town.citizen("other", ward="xa-yen-the")
    town.citizen("unknown")
    number = town.campaign(wards=("phuong-tu-son",))
    town.round()
    assert list(town.people(number)) == ["mine"]
    assert town.counts(number) == {("telegram", "phuong-tu-son", "reached"): 1}


def test_news_on_a_procedure_go_to_who_asked_about_it(town: Town) -> None:
    town.citizen("asked")
    town.citizen("other")
    with writing(town.database.sessions) as session:
        conversation = session.get_one(Conversation, "asked")
        answer = Line(BotMessage("Lệ phí …", procedure_code="1.004222"))
        write_lines(session, conversation, [answer], key="turn:1", now=town.clock())
    number = town.campaign(only_who_asked=True)
    town.round()
    assert list(town.people(number)) == ["asked"]


def test_nobody_is_woken_up(town: Town) -> None:
    town.citizen("one", acted=timedelta(hours=3))
    town.clock.now = datetime.fromisoformat("2026-11-23T22:00:00+07:00")
    number = town.campaign()
    assert town.round().put_off == 1
    assert town.people(number)["one"] == ("waiting", "quiet_hours")
    town.clock.now = datetime.fromisoformat("2026-11-24T06:59:00+07:00")
    assert town.round().told == 0
    town.clock.now = datetime.fromisoformat("2026-11-24T07:00:00+07:00")
    assert town.round().told == 1


@pytest.mark.parametrize("speaker", ["waiting", "officer", "of-a-new-release"])
def test_who_talks_with_people_is_not_disturbed(town: Town, speaker: str) -> None:
    town.citizen("one", speaker=speaker)
    number = town.campaign()
    town.round()
    assert town.people(number)["one"] == ("waiting", "with_officer")
    with writing(town.database.sessions) as session:
        session.execute(update(Conversation).values(speaker="bot"))
    town.later(hours=1)
    assert town.round().told == 1


def test_who_fills_in_a_form_is_not_disturbed(town: Town) -> None:
    town.citizen("one", acted=timedelta(hours=2))
    _draft(town, "one")
    number = town.campaign()
    town.round()
    assert town.people(number)["one"] == ("waiting", "in_form")
    town.clock.now = datetime.fromisoformat("2026-11-24T17:00:00+07:00")
    assert town.round().told == 1


def test_who_just_wrote_is_not_interrupted(town: Town) -> None:
    town.citizen("one", acted=timedelta(minutes=1))
    number = town.campaign()
    town.round()
    assert town.people(number)["one"] == ("waiting", "talking")


def test_who_is_never_free_is_given_up_at_last(town: Town) -> None:
    town.citizen("one", speaker="officer")
    number = town.campaign()
    for _ in range(16):
        town.round()
        town.later(days=1)
    assert town.people(number)["one"] == ("not_sent", "with_officer")


def test_one_person_is_told_once_in_so_many_days(town: Town) -> None:
    town.citizen("one")
    town.campaign()
    town.round()
    second = town.campaign()
    _sent(town)
    town.round()
    assert town.people(second)["one"] == ("waiting", "recent_campaign")
    town.later(days=7, minutes=1)
    assert town.round().told == 1


def test_several_workers_tell_everybody_once(town: Town) -> None:
    names = [town.citizen(f"c{number}", person=f"p{number % 7}" if number % 3 else None) for number in range(30)]
    number = town.campaign()

    def work(_worker: int) -> None:
        for _ in range(4):
            go_round(town.database.sessions, town.rules, town.clock())

    with ThreadPoolExecutor(4) as crew:
        list(crew.map(work, range(4)))
    told = [name for name in names for _ in town.told(name)]
    assert len(told) == len(set(told)) == len(town.people(number)) == town.counts(number)[("telegram", "", "reached")]
    assert len({f"p{n % 7}" if n % 3 else f"c{n}" for n in range(30)}) == len(told)


def test_the_pace_holds_and_waits_for_what_has_not_gone_out(town: Town) -> None:
    town.slowly(12)
    for number in range(6):
        town.citizen(f"c{number}")
    town.campaign()
    assert [town.round().told for _ in range(3)] == [2, 0, 0]
    _sent(town)
    assert town.round().told == 2


def test_an_answer_goes_out_before_a_campaign_that_was_written_earlier(town: Town) -> None:
    for number in range(20):
        town.citizen(f"c{number:02}")
    town.campaign()
    town.round()
    with writing(town.database.sessions) as session:
        for name in ("c19", "c03"):
            answer = Line(BotMessage("Lệ phí là 20.000 đồng."))
            write_lines(session, session.get_one(Conversation, name), [answer], key=f"turn:{name}", now=town.clock())
    outbox = Outbox(town.database.sessions, rendered, {"telegram": RatePace(1000, 1000)}, "sender-1")
    first = []
    for _ in range(3):
        part = outbox.next_part(town.clock())
        assert part is not None
        first.append((part.conversation_id, part.call.shown[:7]))
        outbox.end_part(part, PartEnd("sent"), town.clock())
    assert sorted(first[:2]) == [("c03", "Lệ phí "), ("c19", "Lệ phí ")]
    assert first[2][1] == "Đăng ký"


def test_what_arrived_is_counted(town: Town) -> None:
    town.citizen("good")
    town.citizen("bad")
    number = town.campaign()
    town.round()
    with writing(town.database.sessions) as session:
        session.execute(update(Outbound).where(Outbound.conversation_id == "good").values(state="sent"))
        session.execute(update(Outbound).where(Outbound.conversation_id == "bad").values(state="dead", detail="blocked"))
    assert town.round().settled == 2
    assert town.people(number) == {"good": ("delivered", None), "bad": ("not_sent", "blocked")}
    assert town.counts(number) == {("telegram", "", "reached"): 2, ("telegram", "", "delivered"): 1}
    assert town.state(number) == "finished"


def test_a_pause_holds_and_a_stop_takes_back(town: Town) -> None:
    town.slowly(6)
    for name in ("a", "b", "c"):
        town.citizen(name)
    number = town.campaign()
    town.round()
    _sent(town)
    town.desk.pause(number, ALL_AGENCIES, nothing)
    assert town.round().told == 0
    town.desk.resume(number, ALL_AGENCIES, nothing)
    assert town.round().told == 1
    town.desk.stop(number, ALL_AGENCIES, town.clock(), nothing)
    town.round()
    states = sorted(state for state, _ in town.people(number).values())
    assert states == ["delivered", "dropped", "dropped"]
    assert town.round().told == 0


def test_a_campaign_begins_by_itself_at_its_time(town: Town) -> None:
    town.citizen("one")
    number = town.campaign(start=False, start_at=town.clock() + timedelta(hours=1))
    assert town.round().started == 0
    town.later(hours=1, minutes=1)
    assert town.round().started == 1
    assert town.state(number) == "running"


def test_a_forgotten_citizen_leaves_nothing_behind_but_counts(town: Town) -> None:
    town.citizen("one", ward="phuong-tu-son")
    number = town.campaign()
    town.round()
    with writing(town.database.sessions) as session:
        note_visit(session, "one", Landing("", number, "telegram", "", "chat", None), town.clock())
        forget_citizen(session, session.get_one(Conversation, "one"), town.clock())
    with town.database.sessions() as session:
        assert session.scalars(select(OutreachSubscription)).all() == []
        assert session.scalars(select(CampaignPerson)).all() == []
    assert town.counts(number) == {("telegram", "phuong-tu-son", "reached"): 1}
    town.round()
    again = town.campaign()
    town.round()
    assert town.people(again) == {}


def test_a_filing_that_a_campaign_brought_is_counted_once(town: Town) -> None:
    town.citizen("one", acted=timedelta(hours=2))
    number = town.campaign()
    _draft(town, "one")
    town.later(minutes=1)
    with writing(town.database.sessions) as session:
        note_visit(session, "one", Landing("", number, "webchat", "xa-yen-the", "chat", None), town.clock())
    assert count_filings(town.database.sessions, town.clock()) == 0
    town.later(minutes=1)
    _draft(town, "one", "d2")
    assert [count_filings(town.database.sessions, town.clock()) for _ in range(3)] == [1, 0, 0]
    with writing(town.database.sessions) as session:
        session.add(
            Submission(
                portal_draft_id="p", draft_id="d2", conversation_id="one", procedure_code="1.004222", kind="submission",
                state="sent", handed_over_at=town.clock(), sent_at=town.clock(),
            )
        )  # fmt: skip
    assert [count_filings(town.database.sessions, town.clock()) for _ in range(2)] == [1, 0]
    steps = {step: n for (channel, ward, step), n in town.counts(number).items() if (channel, ward) == ("webchat", "xa-yen-the")}
    assert steps == {"started": 1, "finished": 1}


def _sent(town: Town) -> None:
    """What was written has gone out."""
    with writing(town.database.sessions) as session:
        session.execute(update(Outbound).where(Outbound.state == "pending").values(state="sent"))


def _draft(town: Town, name: str, draft: str = "d1") -> None:
    now = town.clock()
    with writing(town.database.sessions) as session:
        session.add(
            EFormDraft(
                id=draft, conversation_id=name, procedure_code="1.004222", stage="filling", revision=0, content=b"x",
                opened_at=now, touched_at=now, expires_at=now + timedelta(days=30),
            )
        )  # fmt: skip


def test_the_database_itself_refuses_a_second_row_of_one_person(town: Town) -> None:
    town.citizen("a", person="p")
    town.citizen("b", person="p")
    number = town.campaign()
    town.round()
    row: dict[str, Any] = {"campaign_id": number, "channel": "zalo", "place_id": "", "state": "waiting", "due_at": town.clock()}
    with pytest.raises(Exception, match=r"(?i)unique"), writing(town.database.sessions) as session:
        session.add(CampaignPerson(**row, conversation_id="a" if "b" in town.people(number) else "b", person="p"))
    with town.database.sessions() as session:
        assert session.get_one(Campaign, number).state == "running"


def test_content_is_a_plain_value() -> None:
    assert Content("a", "b") == Content("a", "b")
