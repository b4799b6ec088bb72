"""The exercises that ship."""

from pathlib import Path

import pytest

from bot.language.masking import find_private
from bot.practice.comparing import compare
from bot.practice.exercise import PracticeFileError, read_exercises
from bot.settings import PROJECT_ROOT

GOOD = "a:\n  title: A\n  question: q\n  reference: r\n  points: [{text: t, words: [w]}]\n"


def test_each_colleagues_answer_says_every_point_and_has_no_fault() -> None:
    exercises = read_exercises(PROJECT_ROOT / "data")
    assert len(exercises) >= 10
    faults = {
        key: (compared.missed, compared.warnings, compared.figures)
        for key, exercise in exercises.items()
        if (compared := compare(exercise, exercise.reference)).missed or compared.warnings or compared.figures
    }
    assert faults == {}


def test_they_hold_no_private_number() -> None:
    texts = [f"{one.question} {one.reference}" for one in read_exercises(PROJECT_ROOT / "data").values()]
    assert [found for text in texts for found in find_private(text)] == []


@pytest.mark.parametrize(
    "content",
    [
        "[1]",
        "a: [",
        "a: 1",
        "a: {}",
        GOOD.replace("question: q", "question: ''"),
        GOOD + "  speaks: x\n",
        "a: !!python/object/apply:os.system ['echo']",
    ],
)
def test_a_broken_file_is_refused_by_name(tmp_path: Path, content: str) -> None:
    (tmp_path / "practice").mkdir()
    (tmp_path / "practice" / "b.yml").write_text(content)
    with pytest.raises(PracticeFileError, match=r"b\.yml"):
        read_exercises(tmp_path)


def test_a_name_that_stands_in_two_files_is_refused(tmp_path: Path) -> None:
    (tmp_path / "practice").mkdir()
    for name in ("a.yml", "b.yml"):
        (tmp_path / "practice" / name).write_text(GOOD)
    with pytest.raises(PracticeFileError, match="twice"):
        read_exercises(tmp_path)
