"""What reading an answer gives: a value, a reason why it is none, or several meanings to choose from."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Accepted:
    """A value as JSON. ``used``: where in the text it stood. ``notes``: texts to say beside it. ``read``: it was understood, not
    copied ("50 triệu"), and is said back."""

    value: Any = field(repr=False)
    notes: tuple[str, ...] = ()
    read: bool = False


@dataclass(frozen=True)
class Refused:
    """Why there is no value: the key of the text that says what to do, and its values."""

    key: str
    values: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Unclear:
    """Several meanings: the question, and value → label of each."""

    question: str
    options: Mapping[str, str]


Reading = Accepted | Refused | Unclear
