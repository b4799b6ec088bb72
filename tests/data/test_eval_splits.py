"""What the shipped evaluation sets promise: readable whole, and nothing nearly the same in two splits."""

from pathlib import Path

import pytest

from motcua.evaluation.dialogue_files import read_dialogues
from motcua.evaluation.labelled_files import read_table
from motcua.evaluation.splits import files_of, shared_texts, shown

DATA = Path(__file__).resolve().parents[2] / "data"
DIALOGUES = DATA / "eval" / "dialogues.yml"


@pytest.mark.parametrize("file", files_of(DATA), ids=lambda file: file.name)
def test_every_set_can_be_measured_on(file: Path) -> None:
    assert read_table(file, label_may_be_empty=file.name.startswith("search"))


def test_nothing_stands_nearly_the_same_in_two_splits() -> None:
    assert [shown(pair) for pair in shared_texts(DATA)] == []


def test_the_dialogues_can_be_held() -> None:
    assert read_dialogues(DIALOGUES)
