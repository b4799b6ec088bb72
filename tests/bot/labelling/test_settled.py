"""Labels that count leave once for the training data, and come back where a proposal comes to nothing."""

from bot.labelling.settled import LabelledEntity, give_back, mark_taken_in, settled_examples
from bot.storage.database import Database, writing
from tests.bot.labelling.labelled import NOW, add_item, add_label


def texts(database: Database) -> list[str]:
    with database.sessions() as session:
        return [one.text for one in settled_examples(session)]


def test_only_labels_that_count_are_examples_and_doubles_are_one(database: Database) -> None:
    with writing(database.sessions) as session:
        add_label(session, add_item(session, "Phí bao nhiêu?"), "ask_fee", procedure_code="1.001193")
        add_label(session, add_item(session, "phi bao nhieu"), "ask_fee")
        add_label(session, add_item(session, "chờ người thứ hai"), counts=False)
        add_label(session, add_item(session, "đã rút lại"), undone_at=NOW)
        add_label(session, add_item(session, "số 0912345678"))
    with database.sessions() as session:
        (example,) = settled_examples(session)
    assert (example.text, example.intent, example.procedure_code, example.labelled_by) == (
        "Phí bao nhiêu?",
        "ask_fee",
        "1.001193",
        "Lan",
    )


def test_a_label_of_a_part_gives_the_part_with_its_entities(database: Database) -> None:
    text = "chào ad, phí ở Từ Sơn bao nhiêu"
    start = text.index("phí")
    place = {"kind": "place", "start": text.index("Từ"), "end": text.index("Từ") + 6}
    greeting = {"kind": "age", "start": 0, "end": 4}
    with writing(database.sessions) as session:
        add_label(session, add_item(session, text), entities=[place, greeting], part_start=start, part_end=len(text))
    with database.sessions() as session:
        (example,) = settled_examples(session)
    assert example.text == "phí ở Từ Sơn bao nhiêu"
    assert example.entities == (LabelledEntity("place", 6, 12),)


def test_what_a_proposal_took_in_is_not_offered_again_nor_its_doubles(database: Database) -> None:
    with writing(database.sessions) as session:
        first = add_label(session, add_item(session, "Phí bao nhiêu?"), "ask_fee").id
        add_label(session, add_item(session, "phi bao nhieu"), "ask_fee")
        add_label(session, add_item(session, "ở đâu"), "ask_place")
    with writing(database.sessions) as session:
        assert mark_taken_in(session, [first], 7, NOW) == 1
    assert texts(database) == ["ở đâu"]
    with writing(database.sessions) as session:
        assert mark_taken_in(session, [first], 8, NOW) == 0, "somebody else was first"
        assert give_back(session, 7) == 2
    assert texts(database) == ["Phí bao nhiêu?", "ở đâu"]
