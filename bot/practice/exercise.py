"""What an exercise is, and those that ship with the product (``data/practice/*.yml``)."""

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

Speaks = Literal["citizen", "bot", "officer", "system"]
LONGEST_TITLE = 120
LONGEST_LINE = 4_000
MOST_POINTS = 12
MOST_WORDS = 8


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class PracticeLine(_Part):
    """One line of the conversation, private numbers masked."""

    speaks: Speaks
    text: str = Field(min_length=1, max_length=LONGEST_LINE)


class Point(_Part):
    """Something that a good answer says. ``words``: ways in which it may be said, any of which counts; marks and capitals do not
    matter, and the words of one way may stand apart."""

    text: str = Field(min_length=1, max_length=200)
    words: tuple[str, ...] = Field(min_length=1, max_length=MOST_WORDS)


class Exercise(_Part):
    """A conversation up to the question that is to be answered. ``key`` names it for good; ``before``: what was said until then;
    ``reference``: how a colleague answered; ``procedure_code``: what it is about, for lists."""

    key: str
    title: str = Field(min_length=1, max_length=LONGEST_TITLE)
    before: tuple[PracticeLine, ...] = ()
    question: str = Field(min_length=1, max_length=LONGEST_LINE)
    reference: str = Field(min_length=1, max_length=LONGEST_LINE)
    points: tuple[Point, ...] = Field(min_length=1, max_length=MOST_POINTS)
    procedure_code: str | None = None
    why: str = ""
    """What the exercise teaches, shown with the comparison."""


class PracticeFileError(ValueError):
    """A file of exercises cannot be used; the message names the file and the place."""


def shipped_key(slug: str) -> str:
    """The key of an exercise that ships."""
    return f"shipped:{slug}"


@cache
def read_exercises(data_dir: Path) -> Mapping[str, Exercise]:
    """The exercises that ship, by key, in the files' order; read once a process. Raises ``PracticeFileError``."""
    found: dict[str, Exercise] = {}
    for path in sorted((data_dir / "practice").glob("*.yml")):
        for slug, entry in _entries(path).items():
            try:
                exercise = Exercise.model_validate({**entry, "key": shipped_key(slug)})
            except (ValidationError, TypeError) as error:
                raise PracticeFileError(f"{path.name}: {slug}: {error}") from error
            if exercise.key in found:
                raise PracticeFileError(f"{path.name}: {slug} stands twice")
            found[exercise.key] = exercise
    return found


def _entries(path: Path) -> Mapping[str, Mapping[str, object]]:
    try:
        read = YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))
    except (YAMLError, UnicodeDecodeError) as error:
        raise PracticeFileError(f"{path.name}: {error}") from error
    if not isinstance(read, dict):
        raise PracticeFileError(f"{path.name}: must map names to exercises")
    return read


def points_from(lines: str) -> tuple[Point, ...]:
    """The points as somebody types them, one in a line: ``what it says | a way to say it, another way``. Without ways the text
    itself is the way. Raises ``ValueError`` where there is none or there are too many."""
    points = [_point(line) for line in lines.splitlines() if line.strip()]
    if not 1 <= len(points) <= MOST_POINTS:
        raise ValueError(f"one to {MOST_POINTS} points")
    return tuple(points)


def _point(line: str) -> Point:
    text, _, ways = line.partition("|")
    words: Sequence[str] = [way.strip() for way in ways.split(",") if way.strip()] or [text.strip()]
    return Point(text=text.strip()[:200] or words[0][:200], words=tuple(words[:MOST_WORDS]))
