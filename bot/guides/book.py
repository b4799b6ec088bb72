"""The illustrated guides: read from ``data/guides``, one YAML file a guide, checked whole before any is shown."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from bot.catalogue.told_events import phrase_pattern
from bot.guides.drawing import draw
from bot.guides.scenes import Scene

MOST_BYTES = 100_000
IMAGES = "images"

Sentence = Annotated[str, StringConstraints(min_length=5, max_length=170, strip_whitespace=True)]
Name = Annotated[str, StringConstraints(min_length=3, max_length=60, strip_whitespace=True)]
Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=40)]


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Words(_Record):
    """A sentence in Vietnamese and in English."""

    vi: Sentence
    en: Sentence

    def of(self, language: str) -> str:
        """In this language."""
        return self.en if language == "en" else self.vi


class Title(_Record):
    """A title in both languages; ``short`` is the button's."""

    vi: Name
    en: Name
    short: Annotated[str, StringConstraints(min_length=3, max_length=20, strip_whitespace=True)]

    def of(self, language: str) -> str:
        """In this language."""
        return self.en if language == "en" else self.vi


class Step(_Record):
    """One sentence and its drawing. ``alt`` tells what the drawing shows."""

    text: Words
    alt: Words
    picture: Scene


class Guide(_Record):
    """A guide. ``intents``: the questions that it answers beside its ``told`` phrases (``bot.catalogue.told_events``); ``note``:
    what is to be heeded; ``source`` and ``checked``: where it comes from, and when that was looked at last."""

    id: Slug
    title: Title
    summary: Words
    steps: tuple[Step, ...] = Field(min_length=3, max_length=8)
    note: Words | None = None
    intents: tuple[str, ...] = ()
    told: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()
    related: tuple[Slug, ...] = ()
    source: Name | Sentence
    checked: date

    @model_validator(mode="after")
    def _phrases_are_read(self) -> Self:
        for phrase in (*self.told, *self.unless):
            phrase_pattern(phrase)
        return self

    def picture_name(self, number: int) -> str:
        """The file of a step's drawing; steps count from 1."""
        return f"{self.id}-{number}.svg"


class GuideFileError(ValueError):
    """The guides cannot be used; ``problems`` names every fault with its file."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(problems))


@dataclass(frozen=True)
class GuideBook:
    """All guides by id, in the order of their files."""

    guides: Mapping[str, Guide]

    def of_intent(self, intent: str) -> Guide | None:
        """The guide that answers a kind of question."""
        return next((guide for guide in self.guides.values() if intent in guide.intents), None)

    def pictures(self) -> dict[str, str]:
        """Every drawing by the name of its file, as drawn now."""
        return {
            guide.picture_name(number): draw(step.picture, step.alt.vi)
            for guide in self.guides.values()
            for number, step in enumerate(guide.steps, start=1)
        }


NO_GUIDES = GuideBook({})


def load_guides(folder: Path) -> GuideBook:
    """The guides of ``folder`` (``data/guides``). Raises ``GuideFileError`` with every fault."""
    problems: list[str] = []
    guides: dict[str, Guide] = {}
    try:
        paths = sorted(path for path in folder.glob("*.yml") if not path.name.startswith("."))
    except OSError as error:
        raise GuideFileError([f"{folder}: {error.strerror}"]) from error
    for path in paths:
        guide = _read(path, problems)
        if guide is not None:
            guides[guide.id] = guide
    for guide in guides.values():
        problems += [f"{guide.id}.yml: related: there is no guide {one!r}" for one in guide.related if one not in guides]
    if not paths:
        problems.append(f"{folder}: holds no guide")
    if problems:
        raise GuideFileError(problems)
    return GuideBook(guides)


def _read(path: Path, problems: list[str]) -> Guide | None:
    try:
        if path.stat().st_size > MOST_BYTES:
            problems.append(f"{path.name}: larger than {MOST_BYTES} bytes")
            return None
        guide = Guide.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except ValidationError as error:
        problems += [f"{path.name}: {'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors()]
        return None
    except (OSError, UnicodeDecodeError, yaml.YAMLError, RecursionError) as error:
        problems.append(f"{path.name}: cannot be read ({type(error).__name__})")
        return None
    if guide.id != path.stem:
        problems.append(f"{path.name}: the guide {guide.id} belongs into a file named {guide.id}.yml")
        return None
    return guide
