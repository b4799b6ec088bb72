"""Opens a source, whatever it is called: the format is told by the content, the rows come one by one."""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal

from bot.catalogue.importing.blocks import docx_blocks, html_blocks
from bot.catalogue.importing.findings import ImportRefusedError, RowFinding
from bot.catalogue.importing.json_values import BadValueError, parse_object
from bot.catalogue.importing.limits import MAX_ROWS, MAX_UNPACKED_BYTES
from bot.catalogue.importing.office_archive import archive_names
from bot.catalogue.importing.raw import Located
from bot.catalogue.importing.read_detail import detail_record
from bot.catalogue.importing.read_list import Row, headings_of, read_tsv, read_xlsx
from bot.catalogue.importing.read_records import record_of
from bot.catalogue.importing.text_input import head_of, read_all, read_lines

SourceFormat = Literal["jsonl", "json", "xlsx", "tsv", "docx", "html", "folder"]
Progress = Callable[[int], None]

MAX_JSON_BYTES = MAX_UNPACKED_BYTES // 8
"""A file that is one JSON value is read whole, other than one with a record a line."""

_HTML = re.compile(rb"<(?:!doctype html|html|table|body|head|div)\b", re.I)


def detect(path: Path) -> SourceFormat:
    """The format of the file by its content. Raises ``ImportRefusedError`` where it is none that we know."""
    if path.is_dir():
        return "folder"
    head = head_of(path)
    if head.startswith(b"PK"):
        names = archive_names(path)
        if any(name.startswith("xl/") for name in names):
            return "xlsx"
        if "word/document.xml" in names:
            return "docx"
        raise ImportRefusedError("tệp nén này không phải Excel (.xlsx) hay Word (.docx); hãy giải nén rồi nhập thư mục")
    if head.startswith(b"\xd0\xcf\x11\xe0"):
        raise ImportRefusedError("định dạng Office cũ (.doc, .xls); hãy lưu lại thành .docx hoặc .xlsx")
    return _text_format(head)


def _text_format(head: bytes) -> SourceFormat:
    begin = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    first = begin.split(b"\n", 1)[0].strip()
    if begin.startswith(b"["):
        return "json"
    if begin.startswith(b"{"):
        # A pretty-printed object goes on after its first line; one record a line closes on it (or the line is longer than this).
        return "jsonl" if first.endswith(b"}") or b"\n" not in begin or len(first) > 4096 else "json"
    if _HTML.search(begin):
        return "html"
    if headings_of(first.decode("utf-8", "replace").split("\t")) is not None:
        return "tsv"
    if b"\t" in first or b"\n{" in begin:
        return "tsv" if b"\t" in first else "jsonl"
    raise ImportRefusedError("không nhận ra định dạng: cần JSON, Excel (.xlsx), Word (.docx), HTML hoặc danh sách cách bằng tab")


def read_source(path: Path, source_format: SourceFormat, progress: Progress | None = None) -> Iterator[Row]:
    """The rows of the source in order: records, and findings where a row cannot be one."""
    match source_format:
        case "jsonl":
            yield from _json_lines(path, progress)
        case "json":
            yield from _json_value(path)
        case "xlsx":
            yield from read_xlsx(path, progress)
        case "tsv":
            yield from read_tsv(read_lines(path, progress))
        case "folder":
            yield from _folder(path, progress)
        case "docx" | "html":
            yield _detail(path, source_format, "trang")


def _located(row: str, text: str) -> Row:
    try:
        return Located(row, record_of(parse_object(text)))
    except BadValueError as error:
        return _refused(row, text, error)


def _refused(row: str, text: str, error: BadValueError) -> RowFinding:
    code = re.search(r"\d\.\d{6}", text[:400])
    hazard: Literal["broken_row", "bad_value"] = "broken_row" if "JSON" in str(error) else "bad_value"
    return RowFinding(row, code.group() if code else "", "refused", hazard, str(error), text[:120])


def _json_lines(path: Path, progress: Progress | None) -> Iterator[Row]:
    for line in read_lines(path, progress):
        row = f"dòng {line.number}"
        if line.text is None:
            yield RowFinding(row, "", "refused", "too_large" if "dài" in line.problem else "broken_row", line.problem)
        else:
            yield _located(row, line.text)


def _json_value(path: Path) -> Iterator[Row]:
    """One object, or a list of them. A list is read item by item, so that the row of a fault is known."""
    text = read_all(path, MAX_JSON_BYTES).strip()
    if text.startswith("{"):
        yield _located("bản ghi 1", text)
        return
    decoder, at = json.JSONDecoder(), 1
    for number in range(1, MAX_ROWS + 2):
        at = _after_blanks(text, at)
        if at >= len(text) or text[at] == "]":
            return
        row = f"mục {number}"
        if number > MAX_ROWS:
            raise ImportRefusedError(f"danh sách có hơn {MAX_ROWS:,} mục")
        try:
            _, end = decoder.raw_decode(text, at)
        except (ValueError, RecursionError) as error:
            problem = f"không phải JSON đúng, phần còn lại của tệp không đọc được: {getattr(error, 'msg', error)}"
            yield RowFinding(row, "", "refused", "broken_row", problem, text[at : at + 120])
            return
        yield _located(row, text[at:end])
        at = end


def _after_blanks(text: str, at: int) -> int:
    while at < len(text) and text[at] in " \t\r\n,":
        at += 1
    return at


def _folder(path: Path, progress: Progress | None) -> Iterator[Row]:
    """All detail pages of a folder, by name; a file that is something else is refused as a row of its own."""
    files = sorted(file for file in path.iterdir() if file.is_file() and not file.name.startswith("."))
    if not files:
        raise ImportRefusedError("thư mục không có tệp nào")
    if len(files) > MAX_ROWS:
        raise ImportRefusedError(f"thư mục có hơn {MAX_ROWS:,} tệp")
    for number, file in enumerate(files, start=1):
        try:
            found = detect(file)
            rows = read_source(file, found) if found != "folder" else iter(())
            for row in rows:
                yield _renamed(row, file.name)
        except ImportRefusedError as error:
            yield RowFinding(file.name, "", "refused", "broken_row", str(error))
        if progress is not None:
            progress(number)


def _renamed(row: Row, name: str) -> Row:
    if isinstance(row, Located):
        return Located(f"{name}, {row.row}", row.record)
    return RowFinding(f"{name}, {row.row}", row.code, row.severity, row.hazard, row.message, row.raw)


def _detail(path: Path, source_format: Literal["docx", "html"], row: str) -> Row:
    blocks = docx_blocks(path) if source_format == "docx" else html_blocks(path)
    try:
        return Located(row, detail_record(blocks))
    except BadValueError as error:
        return RowFinding(row, "", "refused", "bad_value", str(error))
