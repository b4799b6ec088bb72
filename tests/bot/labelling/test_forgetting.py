"""Messages to label go with their conversation; what the training data hold stays as nobody's masked text."""

from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import func, select

from bot.conversations.deletion import forget_citizen
from bot.conversations.engine_trackers import EngineTrackers
from bot.retention.job import Retention
from bot.retention.policy import shipped_periods
from bot.storage.database import Database, writing
from bot.storage.labelling_models import Label, LabelCluster, LabelImport, LabelItem, LabelReason, LabelSkip
from bot.storage.models import Conversation
from tests.bot.labelling.labelled import NOW, add_item, add_label
from tests.moving_clock import MovingClock


def fill(database: Database, at: datetime = NOW) -> None:
    """A conversation with a message that waits, one that is labelled, and one whose label the training data hold."""
    with writing(database.sessions) as session:
        conversation = Conversation(id="c", channel="webchat", account="web", external_id="c", opened_at=at, last_inbound_at=at)
        group = LabelCluster(words_key="k", vector="v", first_at=at, last_at=at)
        session.add_all([conversation, group])
        session.flush()
        for number, text in enumerate(("chờ gán nhãn", "đã gán nhãn", "đã vào dữ liệu")):
            item = add_item(session, text, conversation_id="c", inbound_id=number + 1, at=at, cluster_id=group.id)
            session.add_all([LabelReason(item_id=item.id, reason="fallback"), LabelSkip(item_id=item.id, account="lan", at=at)])
            if number:
                add_label(session, item, taken_in_at=at if number == 2 else None, at=at)
        item.cluster_id = None


def left(database: Database) -> list[tuple[str, str | None, int | None]]:
    with database.sessions() as session:
        rows = session.execute(select(LabelItem.text, LabelItem.conversation_id, LabelItem.inbound_id).order_by(LabelItem.id))
        return [tuple(row) for row in rows]


def rows(database: Database, *tables: type) -> list[int]:
    with database.sessions() as session:
        return [session.scalar(select(func.count()).select_from(table)) or 0 for table in tables]


def test_a_citizen_who_is_forgotten_leaves_only_what_the_training_data_hold(database: Database) -> None:
    fill(database)
    with writing(database.sessions) as session:
        counts = forget_citizen(session, session.get_one(Conversation, "c"), NOW)
    assert counts["label_item"] == 3
    assert left(database) == [("đã vào dữ liệu", None, None)]
    assert rows(database, Label, LabelReason, LabelCluster) == [1, 1, 0]


def test_after_their_time_messages_go_and_examples_stay_for_theirs(database: Database, tmp_path: Path) -> None:
    fill(database)
    with writing(database.sessions) as session:
        given = LabelImport(
            account="lan", name="Lan", source_name="x.csv", state="done", bytes_total=1, started_at=NOW, beat_at=NOW
        )
        session.add(given)
        session.flush()
        add_item(session, "câu nhập từ tệp", import_id=given.id)
    clock = MovingClock(NOW + timedelta(days=364))
    trackers = EngineTrackers(f"sqlite:///{tmp_path}/none.sqlite3")
    retention = Retention(database.sessions, trackers, shipped_periods(), clock, seconds=None)
    retention.run()
    assert len(left(database)) == 4
    clock.move(days=2)
    assert retention.run().counts["transcript/label_item"] == 4
    assert left(database) == [("đã vào dữ liệu", None, None)]
    assert rows(database, Label, LabelSkip, LabelCluster) == [1, 1, 0]
    assert not [name for name in retention.run().counts if "label" in name], "a second run finds nothing"
    clock.move(days=1825)
    retention.run()
    assert rows(database, LabelItem, Label, LabelReason, LabelSkip) == [0, 0, 0, 0]
