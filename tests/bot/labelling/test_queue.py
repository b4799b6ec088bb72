"""The list of groups: filtered, counted, what is new or growing first; nearest labelled messages as suggestions."""

from datetime import timedelta

import numpy as np

from bot.conversations.ownership import Officer
from bot.labelling.groups import packed
from bot.labelling.labels import Meaning, label_message
from bot.labelling.queue import QueueFilter, counts_by_value, drifting, progress, queue_page
from bot.labelling.suggestions import neighbours, suggested
from bot.storage.database import Database, writing
from bot.storage.labelling_models import LabelCluster, LabelItem, LabelReason
from tests.bot.labelling.labelled import NOW, add_item

LAN = Officer("lan", "Lan")


def add_group(database: Database, text: str, days_ago: list[int], reason: str = "fallback", **more: object) -> int:
    """A group with one message for each of these days; the number of its first message."""
    with writing(database.sessions) as session:
        vector = more.pop("vector", None)
        kept = packed(np.array(vector, np.float32)) if vector else None
        group = LabelCluster(words_key=text, vector=kept, first_at=NOW, last_at=NOW)
        session.add(group)
        session.flush()
        items = [add_item(session, text, at=NOW - timedelta(days=one), cluster_id=group.id, **more) for one in days_ago]
        session.add_all(LabelReason(item_id=item.id, reason=reason) for item in items)
        return items[0].id


def texts(database: Database, **wanted: object) -> list[tuple[str, int]]:
    with database.sessions() as session:
        page = queue_page(session, "lan", QueueFilter(**wanted), NOW)  # type: ignore[arg-type]
        return [(group.text, group.count) for group in page.groups]


def test_new_and_growing_groups_come_first_with_their_figures(database: Database) -> None:
    add_group(database, "luôn có", [1, 2, 8, 9, 15, 16, 22, 23, 3, 10])
    add_group(database, "mới tuần này", [1, 2, 3])
    add_group(database, "tăng", [0, 1, 2, 3, 20])
    assert texts(database) == [("tăng", 5), ("mới tuần này", 3), ("luôn có", 10)]
    with database.sessions() as session:
        found = {(one.this_week, one.a_week_before, one.is_new) for one in drifting(session, NOW).values()}
    assert found == {(4, 0.25, False), (3, 0.0, True)}


def test_filters_and_their_counts(database: Database) -> None:
    add_group(database, "một", [1], intent="ask_fee", procedure_code="1.001193", channel="zalo")
    add_group(database, "hai", [1, 30], "asked_back", intent="ask_form")
    assert texts(database, reason="asked_back") == [("hai", 2)]
    assert texts(database, intent="ask_fee") == texts(database, channel="zalo") == [("một", 1)]
    assert texts(database, procedure_code="1.001193") == [("một", 1)]
    assert texts(database, weeks=1) == [("hai", 1), ("một", 1)] or texts(database, weeks=1) == [("một", 1), ("hai", 1)]
    assert texts(database, state="done") == []
    with database.sessions() as session:
        counts = counts_by_value(session, "lan", QueueFilter(intent="ask_fee"), NOW)
        assert counts["intent"] == [("ask_form", 2), ("ask_fee", 1)]
        assert counts["reason"] == [("fallback", 1)]
        assert dict(counts["state"])["open"] == 1
        assert progress(session, "lan", QueueFilter(), NOW, NOW) == (0, 2)


def test_what_trainers_said_of_near_messages_stands_before_the_models_ranking(database: Database) -> None:
    near = add_group(database, "lệ phí thế nào", [1], vector=[1.0, 0.0])
    far = add_group(database, "ở đâu", [1], vector=[0.0, 1.0])
    ranking = [["ask_form", 0.4], ["gone_intent", 0.3]]
    asked = add_group(database, "phí ra sao", [1], vector=[0.9, 0.43], ranking=ranking)
    with writing(database.sessions) as session:
        label_message(session, near, LAN, Meaning("ask_fee", "1.001193"), NOW, seen="open")
        label_message(session, far, LAN, Meaning("ask_place"), NOW, seen="open")
    with database.sessions() as session:
        item = session.get_one(LabelItem, asked)
        found = neighbours(session, item)
        assert [(one.text, one.intent, one.procedure_code) for one in found] == [("lệ phí thế nào", "ask_fee", "1.001193")]
        assert [one.intent for one in suggested(item, found, ("ask_fee", "ask_form"))] == ["ask_fee", "ask_form"]


def test_who_looks_second_is_not_told_what_the_group_was_labelled(database: Database) -> None:
    first = add_group(database, "phí", [1, 2], vector=[1.0, 0.0])
    with writing(database.sessions) as session:
        other = session.get_one(LabelItem, first + 1)
        label_message(session, other.id, LAN, Meaning("ask_fee"), NOW, seen="open", with_group=False)
        label_message(session, first, LAN, Meaning("ask_fee"), NOW, seen="open", second_share=100)
    with database.sessions() as session:
        assert neighbours(session, session.get_one(LabelItem, first)) == []
