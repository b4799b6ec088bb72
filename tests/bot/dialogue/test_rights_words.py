"""Wishes about one's own data are read from plain words, with and without marks; what is about papers of the state is not."""

import csv
from pathlib import Path

import pytest

from bot.dialogue.rights_words import LONGEST, rights_wish
from bot.language.normalise import fold
from bot.settings import PROJECT_ROOT

EVAL = PROJECT_ROOT / "data" / "eval"


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t"))


def read(text: str) -> str:
    wish = rights_wish(text)
    return wish.wish if wish is not None else "none"


@pytest.mark.parametrize("name", ["rights_dev.tsv", "rights_test.tsv"])
def test_the_written_wishes_are_read_with_and_without_marks(name: str) -> None:
    labelled = rows(EVAL / name)
    wrong = [
        (row["message"], row["wish"])
        for row in labelled
        for text in (row["message"], fold(row["message"]))
        if read(text) != row["wish"]
    ]
    assert len(labelled) >= 50
    assert wrong == []


def test_there_are_enough_wishes_of_each_kind_and_none_stands_in_both_sets() -> None:
    dev, test = rows(EVAL / "rights_dev.tsv"), rows(EVAL / "rights_test.tsv")
    for wish in ("view", "delete", "withdraw"):
        assert sum(row["wish"] == wish for row in dev) >= 40
        assert sum(row["wish"] == wish for row in test) >= 12
    assert {fold(row["message"]) for row in dev}.isdisjoint({fold(row["message"]) for row in test})


def test_no_question_of_the_evaluation_sets_is_taken_for_a_wish() -> None:
    messages = [row["message"] for path in EVAL.glob("intents_*.tsv") for row in rows(path)]
    assert len(messages) > 2_000
    assert [message for message in messages if read(message) != "none"] == []


@pytest.mark.parametrize(
    ("text", "purposes"),
    [
        ("rút đồng ý", ("reminders", "improve", "survey", "outreach")),
        ("rút đồng ý nhận tin tuyên truyền", ("outreach",)),
        ("rút đồng ý khảo sát", ("survey",)),
        ("đừng dùng tin nhắn của tôi để huấn luyện", ("improve",)),
        ("rút lại đồng ý nhận thông báo", ("reminders",)),
    ],
)
def test_a_withdrawal_names_its_purposes_or_means_all(text: str, purposes: tuple[str, ...]) -> None:
    wish = rights_wish(text)
    assert wish is not None
    assert (wish.wish, wish.purposes) == ("withdraw", purposes)


@pytest.mark.parametrize("text", ["", " ", "?!", "\ud800", "⟦phone:x⟧", "a" * 100_000, "xoá dữ liệu của tôi " * (LONGEST // 10)])
def test_what_is_no_short_wish_is_none(text: str) -> None:
    assert rights_wish(text) is None
