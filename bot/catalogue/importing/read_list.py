"""Reads official lists of procedures: XLSX exports, and the same columns with tabs between them."""

import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import BinaryIO

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from bot.catalogue.importing.findings import ImportRefusedError, RowFinding
from bot.catalogue.importing.limits import MAX_COLUMNS, MAX_ROWS
from bot.catalogue.importing.names import code_in, is_code
from bot.catalogue.importing.office_archive import check_archive
from bot.catalogue.importing.raw import Located, RawRecord
from bot.catalogue.importing.text_input import Line
from bot.catalogue.importing.texts import one_line, tidy
from bot.language.normalise import fold

Row = Located | RowFinding
Cells = Sequence[str | None]
FORMULA = "\x00formula"
"""Stands for a cell that holds a formula: its value is nobody's statement."""

HEADER_WITHIN = 30
"""The row of headings stands within this many rows; above it are titles."""

MAX_BLANK_ROWS = 1_000
"""After this many empty rows a sheet is over, whatever size it claims."""

_HEADINGS: Mapping[str, tuple[str, ...]] = {
    "code": ("ma so", "ma thu tuc", "ma tthc", "ma so tthc", "ma", "code", "ma thu tuc hanh chinh"),
    "name": ("ten", "ten thu tuc", "ten tthc", "ten thu tuc hanh chinh", "thu tuc hanh chinh", "name"),
    "issuing": ("co quan ban hanh", "co quan cong bo", "issuing body"),
    "executing": ("co quan thuc hien", "executing body", "don vi thuc hien"),
    "field": ("linh vuc", "field", "ten linh vuc"),
    "level": ("cap thuc hien", "cap", "level"),
}
_BROKEN = (
    InvalidFileException,
    zipfile.BadZipFile,
    zlib.error,
    SyntaxError,
    KeyError,
    ValueError,
    TypeError,
    AttributeError,
    IndexError,
    OSError,
)


def headings_of(cells: Cells) -> dict[str, int] | None:
    """Which column holds what, where these cells are the headings of a list; None where they are not."""
    columns: dict[str, int] = {}
    for index, cell in enumerate(cells[:MAX_COLUMNS]):
        words = fold(one_line(cell or "").replace("_", " ")).strip(" .:*")
        name = next((key for key, spellings in _HEADINGS.items() if words in spellings), None)
        if name is not None:
            columns.setdefault(name, index)
    return columns if {"code", "name"} <= columns.keys() else None


def read_tsv(lines: Iterable[Line]) -> Iterator[Row]:
    """The rows of a list with tabs between its columns. Raises ``ImportRefusedError`` where the headings are missing."""
    numbered = ((f"dòng {line.number}", line.text.split("\t") if line.text is not None else None, line.problem) for line in lines)
    yield from _rows(numbered)


def read_xlsx(path: Path, progress: Callable[[int], None] | None = None) -> Iterator[Row]:
    """The rows of all sheets that are lists. Raises ``ImportRefusedError`` where none is, or the file cannot be opened."""
    check_archive(path)
    found, size = 0, path.stat().st_size
    # Opened here: the library goes by the file's name, which says nothing.
    with path.open("rb") as stream:
        for row in _book_rows(stream):
            found += 1
            if progress is not None and found % 100 == 0:
                progress(min(size, found * 200))
            yield row
    if not found:
        raise ImportRefusedError("không trang tính nào có hàng tiêu đề với cột mã và tên thủ tục")


def _book_rows(stream: BinaryIO) -> Iterator[Row]:
    try:
        book = load_workbook(stream, read_only=True, data_only=False, keep_links=False)
    except _BROKEN as error:
        raise ImportRefusedError(f"không mở được tệp Excel ({type(error).__name__})") from error
    try:
        for sheet in book.worksheets:
            yield from _sheet_rows(sheet)
    finally:
        book.close()


def _sheet_rows(sheet: object) -> Iterator[Row]:
    title = str(getattr(sheet, "title", ""))[:40]
    try:
        # The size that a sheet claims is often wrong in exports, and hostile ones claim a million rows.
        sheet.reset_dimensions()  # type: ignore[attr-defined] # only sheets read row by row have it
        numbered = ((f"{title}, hàng {number}", cells, "") for number, cells in _cells(sheet))
        yield from _rows(numbered, required=False)
    except _BROKEN as error:
        yield RowFinding(title, "", "refused", "broken_row", f"trang tính hỏng giữa chừng ({type(error).__name__})")


def _cells(sheet: object) -> Iterator[tuple[int, list[str | None]]]:
    blank = 0
    for number, row in enumerate(sheet.iter_rows(max_col=MAX_COLUMNS), start=1):  # type: ignore[attr-defined]
        cells = [_cell_text(cell) for cell in row]
        blank = 0 if any(cells) else blank + 1
        if blank > MAX_BLANK_ROWS:
            return
        yield number, cells


def _cell_text(cell: object) -> str | None:
    value, kind = getattr(cell, "value", None), getattr(cell, "data_type", "n")
    if value is None:
        return None
    if kind == "f":
        return FORMULA
    # A code that a spreadsheet took for a number: 1.00119 was 1.001190.
    return f"{value:.6f}" if isinstance(value, float) and value < 10 else str(value)


def _rows(numbered: Iterable[tuple[str, Cells | None, str]], *, required: bool = True) -> Iterator[Row]:
    columns: dict[str, int] | None = None
    for count, (row, cells, problem) in enumerate(numbered, start=1):
        if count > MAX_ROWS:
            raise ImportRefusedError(f"danh sách có hơn {MAX_ROWS:,} hàng")
        if columns is None:
            columns = headings_of(cells or ())
            if columns is None and count >= HEADER_WITHIN:
                break
            continue
        if cells is None:
            yield RowFinding(row, "", "refused", "broken_row", problem)
        elif any(cell and cell.strip() for cell in cells):
            yield _record(row, {name: _at(cells, index) for name, index in columns.items()})
    if columns is None and required:
        raise ImportRefusedError("không có hàng tiêu đề với cột mã và tên thủ tục")


def _at(cells: Cells, index: int) -> str | None:
    return cells[index] if index < len(cells) else None


def _record(row: str, values: Mapping[str, str | None]) -> Row:
    written = one_line(values["code"] or "")
    formulas = [name for name, value in values.items() if value == FORMULA]
    if formulas:
        return RowFinding(
            row, "", "refused", "formula", f"ô công thức ở cột {', '.join(formulas)}; hãy dán giá trị thay cho công thức"
        )
    code = written if is_code(written) else code_in(written)
    if code is None:
        return RowFinding(row, written[:20], "refused", "bad_code", f"mã «{written[:40]}» không đúng dạng 1.001234")
    name = one_line(values["name"] or "")
    if not any(char.isalpha() for char in name):
        return RowFinding(row, code, "refused", "name_missing", "thiếu tên thủ tục")
    record = RawRecord(
        code=code,
        name=name,
        completeness="list",
        field=_text(values, "field"),
        agency_issuing=_text(values, "issuing"),
        agency_executing=_text(values, "executing"),
        source_name="Danh sách thủ tục hành chính (bản xuất)",
    )
    return Located(row, record)


def _text(values: Mapping[str, str | None], name: str) -> str | None:
    return tidy(values.get(name) or "") or None
