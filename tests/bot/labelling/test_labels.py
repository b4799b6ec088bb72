"""What trainers do with messages: one label settles a group, a second look is blind, a third decides, an act is taken back."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy import select

from bot.conversations.ownership import Officer
from bot.labelling.agreement import measured_agreement, second_share, set_second_share
from bot.labelling.groups import Grouping
from bot.labelling.labels import (
    LEFT_OUT,
    LabelRefusedError,
    Meaning,
    ask_colleague,
    drawn_for_second,
    label_message,
    leave_for_later,
    take_back_last,
)
from bot.labelling.queue import QueueFilter, next_message
from bot.labelling.settled import mark_taken_in, settled_examples
from bot.storage.database import Database, writing
from bot.storage.labelling_models import Label, LabelItem
from tests.bot.labelling.labelled import NOW, add_item

LAN, HOA, MAI = Officer("lan", "Lan"), Officer("hoa", "Hoa"), Officer("mai", "Mai")
FEE, TIME = Meaning("ask_fee", "1.001193"), Meaning("ask_processing_time")


@pytest.fixture
def group(database: Database) -> list[int]:
    """Three messages with the same words in one group."""
    with writing(database.sessions) as session:
        ids = [add_item(session, text).id for text in ("Phí bao nhiêu", "phi bao nhieu", "phí bao nhiêu?")]
    Grouping(database.sessions, lambda: None).go_round(NOW)
    return ids


def label(database: Database, item: int, who: Officer, meaning: Meaning, seen: str = "open", share: int = 0, **more: bool) -> int:
    with writing(database.sessions) as session:
        return label_message(session, item, who, meaning, NOW, seen=seen, second_share=share, **more).messages


def states(database: Database) -> list[str]:
    with database.sessions() as session:
        return list(session.scalars(select(LabelItem.state).order_by(LabelItem.id)))


def counting(database: Database) -> list[tuple[str, str]]:
    with database.sessions() as session:
        rows = select(Label.intent, Label.name).where(Label.counts, Label.undone_at.is_(None)).order_by(Label.item_id)
        return [(row.intent, row.name) for row in session.execute(rows)]


def undo(database: Database, who: Officer) -> int:
    with writing(database.sessions) as session:
        return take_back_last(session, who, NOW)


def test_one_label_settles_the_group_and_is_taken_back_as_one(database: Database, group: list[int]) -> None:
    assert label(database, group[1], LAN, FEE) == 3
    assert states(database) == ["done"] * 3
    assert counting(database) == [("ask_fee", "Lan")] * 3
    assert undo(database, LAN) == group[1]
    assert (states(database), counting(database)) == (["open"] * 3, [])
    assert label(database, group[0], HOA, TIME, with_group=False) == 1
    assert states(database) == ["done", "open", "open"]


def test_the_second_to_come_is_told_who_was_first_and_changes_nothing(database: Database, group: list[int]) -> None:
    label(database, group[0], LAN, FEE)
    with pytest.raises(LabelRefusedError) as refused:
        label(database, group[2], HOA, TIME)
    assert (refused.value.reason, refused.value.by, refused.value.intent) == ("changed", "Lan", "ask_fee")
    assert counting(database) == [("ask_fee", "Lan")] * 3


def test_of_several_at_the_same_moment_one_wins(database: Database, group: list[int]) -> None:
    together = Barrier(3)

    def labels(who: Officer) -> str:
        together.wait(20)
        try:
            label(database, group[0], who, FEE if who is LAN else TIME)
        except LabelRefusedError as refused:
            return refused.reason
        return "won"

    with ThreadPoolExecutor(3) as pool:
        told = list(pool.map(labels, (LAN, HOA, MAI)))
    assert sorted(told) == ["changed", "changed", "won"]
    winner = (LAN, HOA, MAI)[told.index("won")]
    assert {name for _, name in counting(database)} == {winner.name}
    assert len(counting(database)) == 3


def test_a_message_drawn_for_a_second_look_counts_once_both_say_the_same(database: Database, group: list[int]) -> None:
    assert label(database, group[0], LAN, FEE, share=100) == 3
    assert (states(database), counting(database)) == (["second", "held", "held"], [])
    with pytest.raises(LabelRefusedError, match="own"):
        label(database, group[0], LAN, FEE, "second")
    with pytest.raises(LabelRefusedError) as late:
        label(database, group[0], HOA, FEE, "open")
    assert (late.value.reason, late.value.intent) == ("changed", ""), "the first label stays unseen"
    assert label(database, group[0], HOA, FEE, "second") == 3
    assert (states(database), counting(database)) == (["done"] * 3, [("ask_fee", "Lan")] * 3)
    assert undo(database, HOA) == group[0]
    assert (states(database), counting(database)) == (["second", "held", "held"], [])


def test_where_two_differ_a_third_look_decides_for_the_whole_group(database: Database, group: list[int]) -> None:
    label(database, group[0], LAN, FEE, share=100)
    label(database, group[0], HOA, TIME, "second")
    assert (states(database), counting(database)) == (["disputed", "held", "held"], [])
    assert label(database, group[0], MAI, TIME, "disputed") == 3
    assert (states(database), counting(database)) == (["done"] * 3, [("ask_processing_time", "Mai")] * 3)
    undo(database, MAI)
    assert (states(database), counting(database)) == (["disputed", "held", "held"], [])
    with pytest.raises(LabelRefusedError, match="built_on"):
        undo(database, LAN)


def test_what_a_proposal_holds_or_a_colleague_went_on_with_is_not_taken_back(database: Database, group: list[int]) -> None:
    label(database, group[0], LAN, FEE)
    with writing(database.sessions) as session:
        mark_taken_in(session, [one.label_id for one in settled_examples(session)], 1, NOW)
    with pytest.raises(LabelRefusedError, match="built_on"):
        undo(database, LAN)
    with pytest.raises(LabelRefusedError, match="nothing"):
        undo(database, HOA)


def test_what_is_left_out_is_no_example(database: Database, group: list[int]) -> None:
    label(database, group[0], LAN, Meaning(LEFT_OUT))
    assert (states(database), counting(database)) == (["left_out"] * 3, [])


def test_skipping_and_asking_lead_past_a_message_and_can_be_taken_back(database: Database, group: list[int]) -> None:
    def shown_to(who: Officer) -> int | None:
        with writing(database.sessions) as session:
            return next_message(session, who.account, QueueFilter(), NOW)

    assert shown_to(LAN) == group[0]
    assert shown_to(HOA) is None, "Lan is looking at it and its group"
    with writing(database.sessions) as session:
        leave_for_later(session, group[0], LAN, NOW)
    assert (shown_to(LAN), shown_to(HOA)) == (None, group[0])
    assert undo(database, LAN) in group
    with writing(database.sessions) as session:
        ask_colleague(session, group[0], HOA, "số 0912345678?", NOW, "lan")
    assert shown_to(LAN) == group[0]
    with database.sessions() as session:
        item = session.get_one(LabelItem, group[0])
        assert (item.state, item.asked_to, "0912345678" in (item.asked_note or "")) == ("asked", "lan", False)
    assert undo(database, HOA) == group[0]
    assert states(database) == ["open"] * 3


def test_agreement_is_measured_on_what_two_labelled_and_survives_the_third_look(database: Database) -> None:
    with writing(database.sessions) as session:
        ids = [add_item(session, f"câu {letter}").id for letter in "abcd"]
    for item, first, second in zip(ids, (FEE, FEE, TIME, TIME), (FEE, TIME, TIME, TIME), strict=True):
        label(database, item, LAN, first, share=100)
        label(database, item, HOA, second, "second")
    label(database, ids[1], MAI, FEE, "disputed")
    with database.sessions() as session:
        found = measured_agreement(session)
    assert (found.pairs, found.same, found.share) == (4, 3, 0.75)
    assert found.kappa == pytest.approx(0.5)
    assert found.confused == (("ask_fee", "ask_processing_time", 1),)


def test_the_share_is_ten_until_somebody_sets_it(database: Database) -> None:
    with writing(database.sessions) as session:
        assert second_share(session) == 10
        set_second_share(session, 25, "lan", NOW)
        set_second_share(session, 30, "hoa", NOW)
        assert second_share(session) == 30
        with pytest.raises(ValueError, match="between"):
            set_second_share(session, 101, "lan", NOW)
    drawn = sum(drawn_for_second(number, 10) for number in range(5_000))
    assert 400 < drawn < 600
