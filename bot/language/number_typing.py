"""How numbers are typed: other separators, letters that look like digits. The views made here keep every position, so that what
is found in them is found in the text."""

import re

_BETWEEN = str.maketrans({",": ".", "\n": ".", "_": " ", "\u00b7": " ", "\u2022": " ", "\u2219": " ", "\u22c5": " ", "|": " "})
_CODE_BETWEEN = str.maketrans({"\n": " ", "_": " "})
_SLASHES = re.compile(r"(?<![0-9/])[0-9]{3,4}(?:/[0-9]{3,4}){2,3}(?![0-9/])")
"""Groups of three or four: days and months have two, a decree's number stands before a year and letters."""

_TOKEN = re.compile(r"[^\W_]+")
_LIKE_DIGITS = re.compile(r"[0-9OoQIl]+")
_REPAIR = str.maketrans({"O": "0", "o": "0", "Q": "0", "I": "1", "l": "1"})


def _repaired(match: re.Match[str]) -> str:
    """A token of digits and letters that look like them, in digits; a third of it at least must be digits (``OO1``)."""
    token = match.group()
    if token.isdecimal() or not _LIKE_DIGITS.fullmatch(token):
        return token
    digits = sum(char.isdecimal() for char in token)
    return token.translate(_REPAIR) if digits and 3 * digits >= len(token) else token


def as_numbers(text: str) -> str:
    """The text with one kind of separator between groups of digits and digits only in them; as long as the text."""
    slashed = _SLASHES.sub(lambda match: match.group().replace("/", " "), text)
    return _TOKEN.sub(_repaired, slashed.translate(_BETWEEN))


def as_codes(text: str) -> str:
    """The text as dossier codes are looked for in it: on one line, without underscores; as long as the text."""
    return text.translate(_CODE_BETWEEN)
