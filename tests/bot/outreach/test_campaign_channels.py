"""A campaign reaches each platform as its rules let us, and says why where it does not."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import update

from bot.conversations.outbox import Outbox
from bot.conversations.platform_parts import MessageToRender, PlatformCall
from bot.conversations.rate_slots import RatePace
from bot.conversations.windows import Reach
from bot.outreach.campaigns.audience import Candidate, Wanted, choose, way_to
from bot.outreach.campaigns.content import Template
from bot.storage.database import writing
from bot.storage.models import Conversation
from bot.switches.board import Target
from bot.switches.store import switch_off, switch_on
from tests.bot.outreach.campaigns import CONTENT, Town, rendered

NOW = datetime.fromisoformat("2026-11-23T15:00:00+07:00")


@pytest.mark.parametrize(
    ("channel", "age", "nature", "templates", "way"),
    [
        ("zalo", 1, "service", (), "message"),
        ("zalo", 49, "service", (), "window_closed"),
        ("zalo", 49, "service", ("zalo",), "template"),
        ("zalo", 1, "promotion", (), "promotion_needs_template"),
        ("zalo", 1, "promotion", ("zalo",), "template"),
        ("zalo", 400, "promotion", ("zalo",), "template"),
        ("facebook", 23, "promotion", (), "message"),
        ("facebook", 25, "service", (), "window_closed"),
        ("facebook", 25, "service", ("facebook",), "template"),
        ("facebook", 25, "promotion", ("facebook",), "window_closed"),
        ("telegram", 9000, "promotion", (), "message"),
    ],
)
def test_each_platform_is_told_as_its_rules_let_us(
    channel: str, age: int, nature: str, templates: tuple[str, ...], way: str
) -> None:
    wanted = Wanted((channel,), (), only_who_asked=False, promotion=nature == "promotion", templates=templates)
    assert way_to(Reach(channel, NOW - timedelta(hours=age)), wanted, NOW) == way


def test_who_cannot_be_reached_is_counted_with_the_reason() -> None:
    wanted = Wanted(("zalo",), (), only_who_asked=False, promotion=False, templates=())
    day = timedelta(days=1)
    everybody = [
        Candidate("a", None, None, False, Reach("zalo", NOW)),
        Candidate("b", None, "xa-yen-the", False, Reach("zalo", NOW - 3 * day)),
        Candidate("c", None, None, False, Reach("zalo", NOW, "blocked")),
        Candidate("d", None, None, False, Reach("webchat", NOW)),
        Candidate("e", None, None, False, Reach("telegram", NOW)),
        Candidate("f", "p", None, False, Reach("zalo", NOW)),
        Candidate("g", "p", None, False, Reach("zalo", NOW - day)),
    ]
    audience = choose(everybody, wanted, NOW)
    assert [one.conversation_id for one, _ in audience.chosen] == ["a", "f"]
    assert dict(audience.left_out) == {
        ("zalo", "xa-yen-the", "window_closed"): 1,
        ("zalo", "", "unavailable"): 1,
        ("webchat", "", "banner_only"): 1,
        ("telegram", "", "channel_not_chosen"): 1,
        ("zalo", "", "same_person"): 1,
    }


def test_outside_the_window_an_approved_template_goes_out(town: Town) -> None:
    town.citizen("late", "zalo", acted=timedelta(days=3))
    template = Template("310100", {"noi_dung": "{text}", "lien_ket": "{link}"})
    town.campaign(content=replace(CONTENT, templates={"zalo": template}))
    assert town.round().told == 1
    wanted_lines: list[MessageToRender] = []

    def render(wanted: MessageToRender) -> list[PlatformCall]:
        wanted_lines.append(wanted)
        return rendered(wanted)

    part = Outbox(town.database.sessions, render, {"zalo": RatePace(100, 100)}, "s").next_part(town.clock())
    assert part is not None
    assert part.mode == "template"
    assert wanted_lines[0].template is not None
    assert wanted_lines[0].template["parameters"]["noi_dung"] == CONTENT.short_text
    assert wanted_lines[0].template["parameters"]["lien_ket"].startswith("https://motcua.example/c/")


def test_the_window_may_close_while_a_line_waits(town: Town) -> None:
    town.citizen("one", "zalo", acted=timedelta(hours=47))
    number = town.campaign()
    town.round()
    with writing(town.database.sessions) as session:
        session.execute(update(Conversation).values(acted_at=town.clock() - timedelta(hours=49)))
    outbox = Outbox(town.database.sessions, rendered, {"zalo": RatePace(100, 100)}, "s")
    # Two days later Zalo would still take it from the quota that is kept for answers.
    part = outbox.next_part(town.clock())
    assert part is None
    town.round()
    assert town.people(number)["one"] == ("not_sent", "window_closed")


def test_a_channel_that_was_switched_off_is_silent(town: Town) -> None:
    town.citizen("one")
    number = town.campaign()
    switch_off(town.database.sessions, Target("channel", "telegram"), reason="x", by="An", now=town.clock())
    assert town.round().told == 0
    switch_on(town.database.sessions, Target("channel", "telegram"), reason="x", by="An", now=town.later(minutes=1))
    assert town.round().told == 1
    assert town.people(number)["one"] == ("queued", None)


def test_a_platform_that_we_do_not_use_ends_with_a_reason(town: Town) -> None:
    town.citizen("one")
    number = town.campaign()
    town.rules = replace(town.rules, channels=("zalo",))
    town.round()
    assert town.people(number)["one"] == ("not_sent", "channel_off")
    assert town.state(number) == "finished"


def test_a_template_names_the_ward(town: Town) -> None:
    town.citizen("one", "zalo", ward="phuong-tu-son", acted=timedelta(days=3))
    town.rules = replace(town.rules, wards={"phuong-tu-son": "phường Từ Sơn"})
    town.campaign(content=replace(CONTENT, templates={"zalo": Template("310100", {"noi": "{ward}"})}))
    town.round()
    assert town.lines("one")[0].message["template"]["parameters"] == {"noi": "phường Từ Sơn"}


def test_a_line_that_was_held_up_does_not_arrive_in_the_night(town: Town) -> None:
    town.citizen("one")
    number = town.campaign()
    town.round()
    town.later(hours=7)
    assert Outbox(town.database.sessions, rendered, {"telegram": RatePace(100, 100)}, "s").next_part(town.clock()) is None
    town.round()
    assert town.people(number)["one"] == ("not_sent", "too_old")
