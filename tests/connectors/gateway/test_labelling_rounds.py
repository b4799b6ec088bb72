"""The worker's rounds for the labelling: one worker at a time, and the next one where that falls silent."""

from sqlalchemy import select

from bot.storage.database import writing
from bot.storage.labelling_models import LabelItem
from connectors.gateway.labelling_rounds import LabellingRounds
from tests.bot.labelling.labelled import NOW, add_item
from tests.bot.officers.conftest import database, database_url
from tests.moving_clock import MovingClock

__all__ = ["database", "database_url"]


def test_one_worker_works_until_it_falls_silent(database) -> None:
    clock = MovingClock(NOW)
    first, second = (LabellingRounds(database.sessions, clock=clock) for _ in range(2))

    def waits(text: str) -> None:
        with writing(database.sessions) as session:
            add_item(session, text)

    waits("một")
    assert (second.go_round(), first.go_round()) == (1, 0)
    waits("hai")
    assert (first.go_round(), second.go_round()) == (0, 1)
    clock.move(minutes=3)
    waits("ba")
    assert (first.go_round(), second.go_round()) == (1, 0)
    with database.sessions() as session:
        assert session.scalars(select(LabelItem.cluster_id).where(LabelItem.cluster_id.is_(None))).all() == []
