"""A detail page as paragraphs and tables inside one another, the same for .docx and HTML."""

import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import docx
from docx.document import Document
from docx.opc.exceptions import OpcError
from docx.table import Table, _Cell
from docx.text.paragraph import Paragraph
from lxml import etree, html

from bot.catalogue.importing.findings import ImportRefusedError
from bot.catalogue.importing.limits import MAX_DETAIL_BYTES, MAX_ITEMS
from bot.catalogue.importing.office_archive import check_archive
from bot.catalogue.importing.text_input import read_all
from bot.catalogue.importing.texts import tidy

MAX_DEPTH = 12
"""Tables inside tables; honest pages have three."""

_BLOCK_TAGS = frozenset(
    {
        "p",
        "div",
        "br",
        "li",
        "ul",
        "ol",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "tr",
        "section",
        "article",
        "dt",
        "dd",
        "dl",
        "body",
        "form",
        "label",
    }
)
_UNSHOWN_TAGS = frozenset({"script", "style", "head", "template", "noscript", "svg", "iframe", "object"})
_BROKEN = (OpcError, zipfile.BadZipFile, zlib.error, SyntaxError, KeyError, ValueError, AttributeError, OSError)


@dataclass(frozen=True, slots=True)
class Grid:
    """A table: rows of cells, each cell a list of blocks."""

    rows: tuple[tuple[tuple["Block", ...], ...], ...]


Block = str | Grid


def text_of_blocks(blocks: tuple[Block, ...]) -> str:
    """The text of the blocks outside their tables."""
    return tidy("\n".join(block for block in blocks if isinstance(block, str)))


def docx_blocks(path: Path) -> tuple[Block, ...]:
    """The body of a .docx file. Raises ``ImportRefusedError`` where it cannot be opened."""
    check_archive(path)
    try:
        document = docx.Document(str(path))
        return tuple(_docx_content(document, 0))
    except _BROKEN as error:
        raise ImportRefusedError(f"không mở được tệp Word ({type(error).__name__})") from error


def _docx_content(container: Document | _Cell, depth: int) -> Iterator[Block]:
    for item in container.iter_inner_content():
        if isinstance(item, Paragraph):
            if item.text.strip():
                yield item.text
        elif depth < MAX_DEPTH:
            yield _docx_table(item, depth)


def _docx_table(table: Table, depth: int) -> Grid:
    rows = []
    for row in list(table.rows)[:MAX_ITEMS]:
        # A merged cell shows up once for each column that it covers.
        cells = list(dict.fromkeys(cell._tc for cell in row.cells))
        rows.append(tuple(tuple(_docx_content(_Cell(tc, table), depth + 1)) for tc in cells))
    return Grid(tuple(rows))


def html_blocks(path: Path) -> tuple[Block, ...]:
    """The body of an HTML file in UTF-8. Raises ``ImportRefusedError`` where it is too large or none."""
    text = read_all(path, MAX_DETAIL_BYTES)
    # Entities of a document's own, files and the network are never read; depth is bounded by the parser itself.
    parser = html.HTMLParser(encoding="utf-8", no_network=True, huge_tree=False, remove_comments=True, remove_pis=True)
    try:
        root = html.document_fromstring(text.encode(), parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError) as error:
        raise ImportRefusedError(f"không đọc được trang HTML ({type(error).__name__})") from error
    collected: list[Block] = []
    _collect(root, collected, 0)
    return tuple(_joined(collected))


def _collect(element: html.HtmlElement, into: list[Block], depth: int) -> None:
    """Appends pieces of text and tables; a line break marks the end of a block."""
    if not isinstance(element.tag, str) or element.tag in _UNSHOWN_TAGS:
        return
    if element.tag == "table" and depth < MAX_DEPTH:
        into.append(_html_table(element, depth))
        return
    if element.tag in _BLOCK_TAGS:
        into.append("\n")
    if element.text:
        into.append(" ".join(element.text.split("\n")))
    for child in element:
        _collect(child, into, depth)
        if child.tail:
            into.append(" ".join(child.tail.split("\n")))
    if element.tag in _BLOCK_TAGS:
        into.append("\n")


def _html_table(table: html.HtmlElement, depth: int) -> Grid:
    rows = []
    for row in table.xpath("./tr | ./thead/tr | ./tbody/tr | ./tfoot/tr")[:MAX_ITEMS]:
        cells = []
        for cell in row.xpath("./td | ./th"):
            inside: list[Block] = []
            for piece in (cell.text or "",):
                inside.append(piece)
            for child in cell:
                _collect(child, inside, depth + 1)
                inside.append(child.tail or "")
            cells.append(tuple(_joined(inside)))
        rows.append(tuple(cells))
    return Grid(tuple(rows))


def _joined(pieces: list[Block]) -> Iterator[Block]:
    """Pieces of text between tables as one text each, empty ones left out."""
    text = ""
    for piece in pieces:
        if isinstance(piece, str):
            text += piece
            continue
        if shown := tidy(text):
            yield from shown.split("\n")
        text = ""
        yield piece
    if shown := tidy(text):
        yield from shown.split("\n")
