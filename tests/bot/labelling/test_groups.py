"""Near-duplicates are one group; without an encoder equal words are."""

from datetime import timedelta

import numpy as np
from sqlalchemy import select

from bot.labelling.groups import Grouping, packed, set_apart, unpacked
from bot.storage.database import Database, writing
from bot.storage.labelling_models import LabelCluster, LabelItem
from tests.bot.labelling.labelled import NOW, add_item

MEANINGS = {"phi": [1.0, 0.0], "tien": [0.96, 0.28], "noi": [0.0, 1.0]}


class WordEncoder:
    """The meaning of a text is that of its last word; counts how many texts it was given."""

    def __init__(self) -> None:
        self.encoded = 0

    def encode_queries(self, texts):
        self.encoded += len(texts)
        return np.array([MEANINGS[text.split()[-1]] for text in texts], np.float32)

    encode_passages = encode_queries


def grouped(database: Database) -> list[set[str]]:
    found: dict[int | None, set[str]] = {}
    with database.sessions() as session:
        for item in session.scalars(select(LabelItem)):
            found.setdefault(item.cluster_id, set()).add(item.text)
    return sorted(found.values(), key=lambda texts: min(texts))


def add(database: Database, *texts: str, days: int = 0) -> None:
    with writing(database.sessions) as session:
        for text in texts:
            add_item(session, text, at=NOW + timedelta(days=days))


def test_near_meanings_share_a_group_and_equal_words_are_not_encoded_again(database: Database) -> None:
    encoder = WordEncoder()
    grouping = Grouping(database.sessions, lambda: encoder)
    add(database, "hoi phi", "Hoi phi!", "hoi tien", "hoi noi")
    assert grouping.go_round(NOW) == 4
    assert grouped(database) == [{"Hoi phi!", "hoi phi", "hoi tien"}, {"hoi noi"}]
    assert encoder.encoded == 3
    add(database, "em hoi tien", "HOI NOI", days=1)
    again = Grouping(database.sessions, lambda: encoder)
    again.go_round(NOW + timedelta(days=1))
    assert grouped(database) == [{"HOI NOI", "hoi noi"}, {"Hoi phi!", "hoi phi", "hoi tien", "em hoi tien"}]
    with database.sessions() as session:
        assert set(session.scalars(select(LabelCluster.last_at))) == {NOW + timedelta(days=1)}
    assert again.go_round(NOW) == 0


def test_without_an_encoder_words_decide(database: Database) -> None:
    add(database, "hoi phi", "hỏi phí", "hoi tien")
    Grouping(database.sessions, lambda: None).go_round(NOW)
    assert grouped(database) == [{"hoi phi", "hỏi phí"}, {"hoi tien"}]


def test_what_was_set_apart_stays_apart_with_those_of_the_same_words(database: Database) -> None:
    grouping = Grouping(database.sessions, WordEncoder)
    add(database, "hoi phi", "hoi tien")
    grouping.go_round(NOW)
    with writing(database.sessions) as session:
        set_apart(session, session.scalars(select(LabelItem).where(LabelItem.text == "hoi tien")).one())
    add(database, "Hoi tien?")
    grouping.go_round(NOW)
    assert grouped(database) == [{"Hoi tien?", "hoi tien"}, {"hoi phi"}]


def test_a_group_that_is_gone_is_not_joined(database: Database) -> None:
    grouping = Grouping(database.sessions, WordEncoder)
    add(database, "hoi phi")
    grouping.go_round(NOW)
    with writing(database.sessions) as session:
        session.delete(session.scalars(select(LabelItem)).one())
        session.flush()
        session.delete(session.scalars(select(LabelCluster)).one())
    add(database, "hoi tien")
    assert grouping.go_round(NOW) == 1
    assert grouped(database) == [{"hoi tien"}]


def test_a_vector_is_kept_to_three_digits() -> None:
    vector = np.array([0.123, -0.98], np.float32)
    assert np.allclose(unpacked(packed(vector)), vector, atol=1e-3)
