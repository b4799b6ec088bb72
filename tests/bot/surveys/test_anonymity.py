"""No row joins a dossier, a link and an answer: by the shape of the tables, and by what stands in them."""

import json
from datetime import datetime, timedelta
from threading import Barrier, Thread
from typing import Any

import pytest
from sqlalchemy import Date, DateTime, func, select, text

from bot.storage.all_models import METADATA
from bot.storage.columns import UtcDateTime
from bot.storage.database import Database, writing
from bot.storage.survey_models import SurveyAnswer, SurveyLink
from bot.surveys.inviting import Invitations
from bot.surveys.links import HIDDEN, LinkGoneError, clean_comment, survey_behind, take_answers
from bot.surveys.questions import AnswersRefusedError
from bot.surveys.waves import close_wave
from tests.bot.surveys.closed import started_wave
from tests.bot.surveys.conftest import RememberingPortal
from tests.moving_clock import MovingClock

GOOD = {"satisfied": ["satisfied"], "on_time": ["on_time"]}
ALLOWED = {
    "survey_sampled": {"wave_id", "record_id", "stratum", "state", "reason"},
    "survey_link": {"token_sha256", "wave_id", "stratum"},
    "survey_answer": {"id", "wave_id", "stratum", "day", "answers", "comment"},
}


def test_the_tables_share_nothing_but_wave_and_group() -> None:
    columns = {name: {column.name for column in METADATA.tables[name].columns} for name in ALLOWED}
    assert columns == ALLOWED
    names = list(ALLOWED)
    for one, other in ((names[0], names[1]), (names[0], names[2]), (names[1], names[2])):
        assert columns[one] & columns[other] == {"wave_id", "stratum"}


def test_no_time_finer_than_a_day_and_no_key_but_to_the_wave() -> None:
    for name in ALLOWED:
        table = METADATA.tables[name]
        assert not [one.name for one in table.columns if isinstance(one.type, DateTime | UtcDateTime)]
        assert [one.name for one in table.columns if isinstance(one.type, Date)] == (["day"] if name == "survey_answer" else [])
        assert {key.column.table.name for key in table.foreign_keys} == {"survey_wave"}
        assert not [one for one in table.columns if one.autoincrement is True]


def everything(database: Database) -> str:
    """All that stands in the ledger, in words."""
    with database.sessions() as session:
        return json.dumps(
            [
                [dict(row) for row in session.execute(select(table)).mappings()]
                for table in METADATA.sorted_tables
                if table.name != "alembic_version"
            ],
            default=str,
        )


def test_the_ledger_never_holds_a_token_nor_a_pair(database: Database, clock: MovingClock, portal: RememberingPortal) -> None:
    started_wave(database, clock(), {"p1": 40})
    Invitations(database.sessions, portal, "https://x").go_on(clock())
    before = everything(database)
    for number, token in enumerate(portal.tokens().values()):
        assert token not in before
        take_answers(database.sessions, token, GOOD, f"ý kiến {number}", clock())
    after = everything(database)
    assert not [token for token in portal.tokens().values() if token in after]
    with database.sessions() as session:
        assert session.scalar(select(func.count()).select_from(SurveyLink)) == 0
        kept = session.scalars(select(SurveyAnswer)).all()
    assert len({one.id for one in kept}) == len(kept) == len(portal.links)
    for one in kept:
        row = json.dumps([one.id, one.stratum, str(one.day), one.answers, one.comment])
        assert not [record for record in portal.tokens() if record in row]


def test_rows_lie_in_no_order_of_their_coming(database: Database, clock: MovingClock, portal: RememberingPortal) -> None:
    """On SQLite the tables have no row numbers that would tell who came first; reading by the key tells nothing anywhere."""
    started_wave(database, clock(), {"p1": 40})
    Invitations(database.sessions, portal, "https://x").go_on(clock())
    for number, token in enumerate(portal.tokens().values()):
        take_answers(database.sessions, token, GOOD, f"{number:03}", clock())
    with database.sessions() as session:
        if database.engine.dialect.name == "sqlite":
            made = session.scalar(text("SELECT sql FROM sqlite_master WHERE name = 'survey_answer'"))
            assert "WITHOUT ROWID" in str(made)
        told = session.scalars(select(SurveyAnswer.comment).order_by(SurveyAnswer.id)).all()
    assert sorted(told) != list(told)  # type: ignore[type-var]


@pytest.fixture
def token(database: Database, clock: MovingClock, portal: RememberingPortal) -> str:
    started_wave(database, clock(), {"p1": 1})
    Invitations(database.sessions, portal, "https://x").go_on(clock())
    return portal.tokens()["p1-00000"]


def answers(database: Database) -> list[Any]:
    with database.sessions() as session:
        return list(session.scalars(select(SurveyAnswer)))


def test_looking_uses_nothing_up_and_a_link_answers_once(database: Database, clock: MovingClock, token: str) -> None:
    for _ in range(3):
        with database.sessions() as session:
            assert survey_behind(session, token, clock())[0].questions
    take_answers(database.sessions, token, GOOD, "", clock())
    with pytest.raises(LinkGoneError):
        take_answers(database.sessions, token, GOOD, "", clock())
    assert [(one.answers, one.comment) for one in answers(database)] == [({"satisfied": "satisfied", "on_time": "on_time"}, None)]


def test_of_two_that_come_at_once_one_is_kept(database: Database, clock: MovingClock, token: str) -> None:
    at_once, told = Barrier(4), list[str]()

    def press() -> None:
        at_once.wait(20)
        try:
            take_answers(database.sessions, token, GOOD, "", clock())
            told.append("taken")
        except LinkGoneError:
            told.append("gone")

    threads = [Thread(target=press) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(told) == ["gone", "gone", "gone", "taken"]
    assert len(answers(database)) == 1


def test_a_refused_form_leaves_the_link_good(database: Database, clock: MovingClock, token: str) -> None:
    with pytest.raises(AnswersRefusedError):
        take_answers(database.sessions, token, {"satisfied": ["great"]}, "", clock())
    take_answers(database.sessions, token, GOOD, "", clock())
    assert len(answers(database)) == 1


@pytest.mark.parametrize("strange", ["", "x", "k7Xw2mPq9ZrT4vBn8LcD1g", "a" * 10_000, "../etc/passwd", "ă" * 22, "A" * 21 + "\n"])
def test_a_strange_token_is_told_like_a_used_one(database: Database, clock: MovingClock, token: str, strange: str) -> None:
    assert token
    with pytest.raises(LinkGoneError):
        take_answers(database.sessions, strange, GOOD, "", clock())
    with database.sessions() as session, pytest.raises(LinkGoneError):
        survey_behind(session, strange, clock())


def test_after_the_last_day_or_the_end_nothing_is_taken(database: Database, clock: MovingClock, token: str) -> None:
    late: datetime = clock() + timedelta(days=31)
    with pytest.raises(LinkGoneError):
        take_answers(database.sessions, token, GOOD, "", late)
    with writing(database.sessions) as session:
        close_wave(session, 1, clock())
    with pytest.raises(LinkGoneError):
        take_answers(database.sessions, token, GOOD, "", clock())
    assert answers(database) == []


def test_a_comment_keeps_no_number_and_no_control_character() -> None:
    assert clean_comment("Gọi tôi 0912 345 678 hoặc a.b@c.vn, CCCD 027190001234\x00!") == (
        f"Gọi tôi {HIDDEN} hoặc {HIDDEN}, CCCD {HIDDEN} !"
    )
    assert len(clean_comment("ấ" * 50_000)) == 1_000
    assert clean_comment(" \r\n ") == ""
