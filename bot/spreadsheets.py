"""Cells of the files that people open in a spreadsheet."""

_FORMULA = tuple("=+-@|%\t\r\n＝＋－＠")


def spreadsheet_cell(text: str) -> str:
    """The text as a cell that no spreadsheet calculates, also with blanks before it."""
    return f"'{text}" if text.startswith(_FORMULA) or text.lstrip().startswith(_FORMULA) else text
