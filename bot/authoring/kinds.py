"""Kinds of changes, and which of them a second person must approve."""

from collections.abc import Iterable
from enum import StrEnum

from bot.accounts.permissions import Permission


class Kind(StrEnum):
    """What a change is about, as its author meant it."""

    EXAMPLES = "examples"
    ENTITIES = "entities"
    SYNONYMS = "synonyms"
    GLOSSARY = "glossary"
    ALIASES = "aliases"
    ANSWERS = "answers"
    RULES = "rules"
    CATALOGUE = "catalogue"
    IMPORT = "import"
    LABELS = "labels"
    REVERT = "revert"
    RELEASE = "release"


ALONE = ("data/nlu/", "domain/entities.yml")
"""Where a trainer needs nobody else: the model is measured before it goes live. Everything else (answers, rules, stories,
aliases, the catalogue, settings of the model) is said or done as it stands, and a second person reads it first."""
_CATALOGUE = "data/catalogue/"


def needs_second_person(paths: Iterable[str]) -> bool:
    """Whether a change of these files must be approved by another account, whatever its author calls it."""
    return any(not path.startswith(ALONE) for path in paths)


def approving_permission(paths: Iterable[str]) -> Permission:
    """Whoever approves a change of these files must have it."""
    return (
        Permission.CATALOGUE_APPROVE if all(path.startswith(_CATALOGUE) for path in paths) else Permission.TRAINING_DATA_APPROVE
    )
