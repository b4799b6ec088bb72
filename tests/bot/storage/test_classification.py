"""Every column is declared: a new one fails here until somebody has decided what may stand in it."""

from sqlalchemy import LargeBinary

from bot.storage.all_models import METADATA
from bot.storage.classification import CLASSES, class_of, columns_of, undecided


def test_every_column_has_a_class_and_every_class_a_column() -> None:
    assert undecided(METADATA) == [], (
        "declare these in bot/storage/classification.py (public, identifier, masked, hashed, encrypted)"
    )


def test_no_column_has_two_classes() -> None:
    told = [pair for kind in CLASSES for pair in columns_of(kind)]
    assert len(told) == len(set(told))


def test_bytes_are_encrypted_and_only_bytes_are() -> None:
    binary = {(t.name, c.name) for t in METADATA.sorted_tables for c in t.columns if isinstance(c.type, LargeBinary)}
    assert binary == set(columns_of("encrypted"))


def test_a_column_that_nobody_declared_is_named() -> None:
    assert class_of("conversation", "birthday") is None
    assert class_of("conversation", "verified_phone") == "encrypted"
