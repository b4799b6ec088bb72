"""What a form sent, read without trust."""

import unicodedata
from collections.abc import Sequence
from typing import Annotated

from fastapi import Depends, Request

from console.problems import Problem


class SentForm:
    """The text fields of a request's body. Files are left to the pages that ask for them."""

    def __init__(self, fields: Sequence[tuple[str, str]]) -> None:
        self._fields = fields

    def text(self, name: str, longest: int = 200) -> str:
        """The field's line of text without spaces around it: composed (NFC), without control characters, cut after ``longest``;
        empty where it was not sent."""
        return next((clean_line(value, longest) for key, value in self._fields if key == name), "")

    def lines(self, name: str, longest: int) -> str:
        """A text of several lines: as ``text``, with its line ends kept. One that is too long is not cut but one character longer
        than ``longest``, so that whoever takes it can refuse it."""
        value = next((value for key, value in self._fields if key == name), "").replace("\r\n", "\n").replace("\r", "\n")
        composed = unicodedata.normalize("NFC", value[: 4 * longest])
        kept = "".join(c for c in composed if c == "\n" or unicodedata.category(c) not in ("Cc", "Cs"))
        return kept.strip()[: longest + 1]

    def raw(self, name: str, longest: int) -> str:
        """A text whose blanks count, as a file's: composed, line ends as ``\\n``; one that is too long is one character longer
        than ``longest``."""
        value = next((value for key, value in self._fields if key == name), "").replace("\r\n", "\n").replace("\r", "\n")
        return unicodedata.normalize("NFC", value[: longest + 1])

    def secret(self, name: str, longest: int = 1_000) -> str:
        """A password exactly as typed (composed, so that it fits whatever keyboard made it)."""
        value = next((value for key, value in self._fields if key == name), "")
        return unicodedata.normalize("NFC", value)[:longest]

    def all(self, name: str, longest: int = 80) -> tuple[str, ...]:
        """Every value of a field that may stand several times, without doubles."""
        return tuple(dict.fromkeys(clean_line(value, longest) for key, value in self._fields if key == name))


def clean_line(text: str, longest: int = 200) -> str:
    """One line of text as it may be kept: composed, without control characters and unpaired halves, cut."""
    composed = unicodedata.normalize("NFC", text[: 4 * longest])
    return "".join(c for c in composed if unicodedata.category(c) not in ("Cc", "Cs")).strip()[:longest]


def whole_number(text: str, digits: int = 15) -> int | None:
    """A number of a path or a query with at most so many digits; None for anything else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= digits else None


def number_in_path(text: str, otherwise: str, digits: int = 15) -> int:
    """The number that an address names. Raises ``Problem`` 404 (``otherwise``: its key) where it is none."""
    number = whole_number(text, digits)
    if number is None:
        raise Problem(404, otherwise)
    return number


async def sent_form(request: Request) -> SentForm:
    """Dependency: the form of this request."""
    form = await request.form()
    return SentForm([(key, value) for key, value in form.multi_items() if isinstance(value, str)])


Form = Annotated[SentForm, Depends(sent_form)]
