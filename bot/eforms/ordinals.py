"""Places that are told in words: "thứ hai", "đầu tiên", "cuối cùng"."""

_PLACES = {
    "nhat": 1, "mot": 1, "dau tien": 1, "dau": 1, "hai": 2, "nhi": 2, "ba": 3, "bon": 4, "tu": 4, "nam": 5, "sau": 6, "bay": 7,
    "tam": 8, "chin": 9, "muoi": 10, "cuoi cung": -1, "cuoi": -1, "chot": -1,
}  # fmt: skip
ORDINAL = r"(?P<ordinal>\d{1,2}|" + "|".join(sorted(_PLACES, key=len, reverse=True)) + ")"
"""A place, in a pattern over folded text."""


def place_named(ordinal: str) -> int | None:
    """The place, counted from 1; -1 is the last one."""
    return int(ordinal) if ordinal.isdecimal() else _PLACES.get(ordinal)
