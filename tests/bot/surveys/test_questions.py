"""The questions' file says clearly what is wrong in it, and a form is read strictly."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.surveys.questions import (
    SHIPPED,
    AnswersRefusedError,
    QuestionsFileError,
    read_answers,
    read_questions,
    shipped_questions,
)


def sent(**values: str) -> dict[str, list[str]]:
    return {key: [value] for key, value in values.items()}


def test_the_shipped_questions_ask_what_the_law_asks() -> None:
    keys = [question.key for question in shipped_questions().questions]
    assert keys == ["satisfied", "attitude", "waiting", "on_time", "apology", "facilities", "extra_papers", "extra_money"]


def test_a_form_gives_its_answers_and_leaves_open_what_was_left_open() -> None:
    given = read_answers(shipped_questions(), sent(satisfied="satisfied", on_time="on_time", attitude="polite", csrf="x"))
    assert given == {"satisfied": "satisfied", "attitude": "polite", "on_time": "on_time"}


def test_the_apology_counts_only_where_it_was_late() -> None:
    questions = shipped_questions()
    late = sent(satisfied="neutral", on_time="late", apology="no")
    assert read_answers(questions, late)["apology"] == "no"
    assert "apology" not in read_answers(questions, late | sent(on_time="on_time"))


def test_what_must_be_answered_is_named() -> None:
    with pytest.raises(AnswersRefusedError) as refused:
        read_answers(shipped_questions(), sent(attitude="polite"))
    assert refused.value.missing == ("satisfied", "on_time")


@pytest.mark.parametrize(
    "hostile",
    [
        sent(satisfied="very_satisfied'; drop table", on_time="late"),
        sent(satisfied="", on_time="late"),
        {"satisfied": ["satisfied", "dissatisfied"], "on_time": ["late"]},
        sent(satisfied="x" * 100_000, on_time="late"),
        sent(satisfied="satisfied", on_time="late", apology="polite"),
    ],
)
def test_what_no_form_of_ours_sends_is_refused(hostile: dict[str, list[str]]) -> None:
    with pytest.raises(AnswersRefusedError) as refused:
        read_answers(shipped_questions(), hostile)
    assert refused.value.missing == ()


def _broken(change: Callable[[dict[str, Any]], object], tmp_path: Path) -> Path:
    data = yaml.safe_load(SHIPPED.read_text(encoding="utf-8"))
    change(data)
    path = tmp_path / "questions.yml"
    path.write_text(yaml.safe_dump(data, allow_unicode=True), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda data: data["questions"][0].pop("en"), "questions.0.en"),
        (lambda data: data["questions"][0].update(good=["great"]), "no such choice: great"),
        (lambda data: data["questions"].append(data["questions"][0]), "satisfied stands twice"),
        (lambda data: data["questions"][4].update({"if": {"question": "nothing", "is": ["late"]}}), "apology depends"),
        (lambda data: data["questions"][4].update({"if": {"question": "facilities", "is": ["good"]}}), "apology depends"),
        (lambda data: data["questions"][0]["choices"].append(data["questions"][0]["choices"][0]), "a choice stands twice"),
        (lambda data: data["questions"][1].update(not_counted=["polite"]), "good and not counted"),
        (lambda data: data.update(colour="red"), "colour"),
        (lambda data: data["questions"][0].update(key="Böse"), "questions.0.key"),
    ],
)
def test_a_fault_in_the_file_is_named(change: Callable[[dict[str, Any]], object], told: str, tmp_path: Path) -> None:
    with pytest.raises(QuestionsFileError, match=told):
        read_questions(_broken(change, tmp_path))


def test_a_file_that_is_no_yaml_or_not_there_is_named(tmp_path: Path) -> None:
    path = tmp_path / "questions.yml"
    with pytest.raises(QuestionsFileError, match=r"questions\.yml"):
        read_questions(path)
    path.write_text("version: [", encoding="utf-8")
    with pytest.raises(QuestionsFileError, match=r"questions\.yml"):
        read_questions(path)
