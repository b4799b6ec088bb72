"""The questions of a survey, from ``data/surveys/questions.yml``, and reading what a form sent back."""

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from bot.settings import PROJECT_ROOT

SHIPPED = PROJECT_ROOT / "data" / "surveys" / "questions.yml"
LONGEST_COMMENT = 1_000
Language = Literal["vi", "en"]
_KEY = r"^[a-z][a-z0-9_]{0,39}$"


class QuestionsFileError(ValueError):
    """The file of questions cannot be used; the message names the place."""


class AnswersRefusedError(ValueError):
    """What was sent is no filled-in form. ``missing``: questions that must be answered; without any, the form was not ours."""

    def __init__(self, missing: Sequence[str] = ()) -> None:
        super().__init__(", ".join(missing) or "not our form")
        self.missing = tuple(missing)


class _Words(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    vi: str = Field(min_length=1, max_length=400)
    en: str = Field(min_length=1, max_length=400)

    def said(self, language: Language) -> str:
        """The words in a language."""
        return self.en if language == "en" else self.vi


class Choice(_Words):
    """One answer that may be chosen."""

    key: str = Field(pattern=_KEY)


class Condition(BaseModel):
    """The question is for who gave one of these answers to an earlier one."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    question: str
    any_of: tuple[str, ...] = Field(alias="is", min_length=1)


class Question(_Words):
    """One question with one answer out of ``choices``. ``good`` and ``not_counted`` name choices; ``not_counted`` are answers
    that say nothing on the matter and stand outside the share."""

    key: str = Field(pattern=_KEY)
    choices: tuple[Choice, ...] = Field(min_length=2, max_length=10)
    good: frozenset[str] = Field(min_length=1)
    not_counted: frozenset[str] = frozenset()
    required: bool = False
    only_if: Condition | None = Field(None, alias="if")

    @model_validator(mode="after")
    def _consistent(self) -> "Question":
        keys = [choice.key for choice in self.choices]
        if len(set(keys)) < len(keys):
            raise ValueError("a choice stands twice")
        unknown = (self.good | self.not_counted) - set(keys)
        if unknown:
            raise ValueError(f"no such choice: {', '.join(sorted(unknown))}")
        if self.good & self.not_counted:
            raise ValueError("a choice cannot be good and not counted")
        return self

    @property
    def counted(self) -> tuple[str, ...]:
        """The choices that say something on the matter."""
        return tuple(choice.key for choice in self.choices if choice.key not in self.not_counted)


class QuestionSet(BaseModel):
    """A version of the questions, in order."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    version: str = Field(pattern=r"^[0-9A-Za-z][0-9A-Za-z.-]{0,19}$")
    source: str
    comment: _Words
    questions: tuple[Question, ...] = Field(min_length=1, max_length=40)

    @model_validator(mode="after")
    def _in_order(self) -> "QuestionSet":
        known: dict[str, Question] = {}
        for question in self.questions:
            if question.key in known:
                raise ValueError(f"the question {question.key} stands twice")
            before = question.only_if
            if before is not None:
                asked = known.get(before.question)
                if asked is None or not {choice.key for choice in asked.choices} >= set(before.any_of):
                    raise ValueError(f"the question {question.key} depends on no earlier question's choices")
            known[question.key] = question
        return self


def read_questions(path: Path) -> QuestionSet:
    """The questions of a file. Raises ``QuestionsFileError``."""
    try:
        return QuestionSet.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise QuestionsFileError(f"{path.name}: {error}") from error
    except ValidationError as error:
        first = error.errors()[0]
        raise QuestionsFileError(f"{path.name}: {'.'.join(map(str, first['loc']))}: {first['msg']}") from error


@cache
def shipped_questions() -> QuestionSet:
    """The questions that ship with the product."""
    return read_questions(SHIPPED)


def read_answers(questions: QuestionSet, sent: Mapping[str, Sequence[str]]) -> Mapping[str, str]:
    """The answers of a form. ``sent``: values by field, as a browser sends them. An answer to a question that is not for this
    person is left out. Raises ``AnswersRefusedError`` where a question that must be answered was not, and for what no form of
    ours sends."""
    given: dict[str, str] = {}
    for question in questions.questions:
        values = sent.get(question.key, ())
        if not values:
            continue
        if len(values) > 1 or values[0] not in {choice.key for choice in question.choices}:
            raise AnswersRefusedError
        given[question.key] = values[0]
    missing = [one.key for one in questions.questions if one.required and is_asked(one, given) and one.key not in given]
    if missing:
        raise AnswersRefusedError(missing)
    return {one.key: given[one.key] for one in questions.questions if one.key in given and is_asked(one, given)}


def is_asked(question: Question, given: Mapping[str, str]) -> bool:
    """Whether the question is for a person with these answers."""
    return question.only_if is None or given.get(question.only_if.question) in question.only_if.any_of


def questions_of(version: str, folder: Path = SHIPPED.parent) -> QuestionSet:
    """The questions of a version: any file of the folder may hold it, so that a wave keeps the questions it was drawn with.

    Raises ``QuestionsFileError`` where none does."""
    for path in sorted(folder.glob("*.yml")):
        found = read_questions(path)
        if found.version == version:
            return found
    raise QuestionsFileError(f"{folder.name}: no questions of the version {version}")
