"""Reads a detail page of the old portal: "Mã thủ tục | 1.001234", with tables of ways to file, papers and legal texts inside."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bot.catalogue.importing.blocks import Block, Grid, text_of_blocks
from bot.catalogue.importing.json_values import BadValueError
from bot.catalogue.importing.raw import RawFee, RawGroup, RawMethod, RawPaper, RawRecord
from bot.catalogue.importing.read_records import channel_of, checked_code, checked_name
from bot.catalogue.importing.texts import one_line, says_nothing, states_absence, tidy
from bot.language.normalise import fold

_SECTIONS: Mapping[str, str] = {
    "ma thu tuc": "code",
    "ma so thu tuc": "code",
    "ten thu tuc": "name",
    "so quyet dinh": "decision",
    "cap thuc hien": "level",
    "loai thu tuc": "kind",
    "linh vuc": "field",
    "trinh tu thuc hien": "steps",
    "cach thuc thuc hien": "methods",
    "thanh phan ho so": "papers",
    "thanh phan so luong ho so": "papers",
    "doi tuong thuc hien": "targets",
    "co quan thuc hien": "executing",
    "co quan co tham quyen": "deciding",
    "co quan co tham quyen quyet dinh": "deciding",
    "dia chi tiep nhan hs": "address",
    "dia chi tiep nhan ho so": "address",
    "dia chi tiep nhan": "address",
    "co quan duoc uy quyen": "delegated",
    "co quan phoi hop": "coordinating",
    "ket qua thuc hien": "result",
    "ket qua xu ly": "result",
    "can cu phap ly": "laws",
    "yeu cau dieu kien thuc hien": "conditions",
    "yeu cau dieu kien": "conditions",
    "tu khoa": "keywords",
    "mo ta": "description",
    "phi le phi": "fees_alone",
    "thoi han giai quyet": "time_alone",
}
_COUNTS = re.compile(r"bản chính\s*:?\s*(\d{1,4})|(\d{1,4})\s*bản chính", re.I)
_COPIES = re.compile(r"bản sao\s*:?\s*(\d{1,4})|(\d{1,4})\s*bản sao", re.I)
_NOTE_IN_BRACKETS = re.compile(r"^(?P<stated>.+?)\s*\((?P<note>.*)\)\s*$", re.S)
_QUANTITY = re.compile(r"^\W*0*(\d{1,4})\W*$")


@dataclass
class _Page:
    """What was found so far, by section."""

    texts: dict[str, list[str]] = field(default_factory=dict)
    methods: list[RawMethod] = field(default_factory=list)
    groups: list[RawGroup] = field(default_factory=list)
    laws: list[str] = field(default_factory=list)

    def add(self, section: str, text: str) -> None:
        """Adds a piece of text to a section."""
        if shown := tidy(text):
            self.texts.setdefault(section, []).append(shown)

    def text(self, section: str) -> str | None:
        """The whole text of a section, or None."""
        return "\n".join(self.texts.get(section, ())) or None


def detail_record(blocks: Sequence[Block], *, portal_url: str | None = None) -> RawRecord:
    """The procedure of a detail page. Raises ``BadValueError`` where code or name are missing."""
    page = _Page()
    _walk(blocks, page, "")
    conditions = page.text("conditions")
    whole = bool(page.methods and page.groups and page.text("steps"))
    return RawRecord(
        code=checked_code(page.text("code")),
        name=checked_name(page.text("name")),
        completeness="full" if whole else "partial",
        field=page.text("field"),
        levels=tuple(part for part in re.split(r"[,;\n]", page.text("level") or "") if part.strip()),
        targets=tuple(part.strip() for part in re.split(r"[;\n]|,\s*(?=[A-ZĐ])", page.text("targets") or "") if part.strip()),
        kind=page.text("kind"),
        decision=page.text("decision"),
        agency_executing=page.text("executing"),
        agency_deciding=page.text("deciding"),
        receiving_address=page.text("address"),
        steps=page.text("steps"),
        methods=tuple(page.methods),
        groups=tuple(page.groups),
        conditions=conditions,
        result=page.text("result"),
        legal_basis=tuple(page.laws),
        keywords=page.text("keywords"),
        portal_url=portal_url,
        source_name="Cổng Dịch vụ công quốc gia (trang cũ)",
        absent=frozenset({"conditions"} if states_absence(conditions) else ()),
    )


def section_of(label: str) -> str | None:
    """The section that a label names ("Mã thủ tục:"), or None."""
    words = re.sub(r"[^a-z ]+", " ", fold(one_line(label)))
    return _SECTIONS.get(" ".join(words.split()))


def _walk(blocks: Sequence[Block], page: _Page, section: str) -> None:
    title: str | None = None
    for block in blocks:
        if isinstance(block, Grid):
            _table(block, page, section, title)
            title = None
            continue
        label, _, rest = block.partition(":")
        if (named := section_of(label if rest else block)) is not None and not _inside(section):
            section, title = named, None
            if rest.strip():
                page.add(section, rest)
        elif section == "papers":
            title = block
        elif section:
            page.add(section, block)


def _inside(section: str) -> bool:
    """Whether we are in a cell whose label is known: words in it that look like labels are its text."""
    return section in ("steps", "conditions", "result")


def _table(grid: Grid, page: _Page, section: str, title: str | None) -> None:
    if not grid.rows:
        return
    header = [fold(text_of_blocks(cell)) for cell in grid.rows[0]]
    if any("hinh thuc nop" in cell for cell in header):
        page.methods += [_method(header, row) for row in grid.rows[1:] if any(row)]
    elif any("ten giay to" in cell for cell in header):
        papers = tuple(paper for row in grid.rows[1:] if (paper := _paper(header, row)) is not None)
        if papers:
            page.groups.append(RawGroup(title, papers))
    elif any(word in cell for cell in header for word in ("so ky hieu", "ma van ban", "so hieu van ban")):
        page.laws += [number for row in grid.rows[1:] if (number := _law(header, row)) is not None]
    else:
        _labelled_rows(grid, page, section)


def _labelled_rows(grid: Grid, page: _Page, section: str) -> None:
    for row in grid.rows:
        named = section_of(text_of_blocks(row[0])) if len(row) >= 2 else None
        if named is not None:
            for cell in row[1:]:
                _walk(cell, page, named)
        else:
            for cell in row:
                _walk(cell, page, section)


def _cell(header: Sequence[str], row: Sequence[tuple[Block, ...]], *words: str) -> str:
    for index, heading in enumerate(header):
        if index < len(row) and any(word in heading for word in words):
            return text_of_blocks(row[index])
    return ""


def _method(header: Sequence[str], row: Sequence[tuple[Block, ...]]) -> RawMethod:
    label = _cell(header, row, "hinh thuc nop")
    time = one_line(_cell(header, row, "thoi han", "thoi gian"))
    number = _QUANTITY.match(time)
    fees = _cell(header, row, "phi, le phi", "phi", "le phi")
    return RawMethod(
        channel=channel_of(label),
        label=label or None,
        quantity=float(number[1]) if number else None,
        time_text=time or None,
        description=_cell(header, row, "mo ta") or None,
        fees=tuple(_fee(line) for line in fees.split("\n") if line.strip()),
    )


def _fee(line: str) -> RawFee:
    match = _NOTE_IN_BRACKETS.match(line)
    return RawFee(amount_text=match["stated"], note=match["note"]) if match else RawFee(amount_text=line)


def _paper(header: Sequence[str], row: Sequence[tuple[Block, ...]]) -> RawPaper | None:
    name = _cell(header, row, "ten giay to")
    if says_nothing(name):
        return None
    counts, forms = _cell(header, row, "so luong"), _cell(header, row, "mau don")
    files = tuple(line for line in forms.split("\n") if line.strip() and not says_nothing(line))
    return RawPaper(name, files, _count(_COUNTS, counts), _count(_COPIES, counts))


def _count(pattern: re.Pattern[str], text: str) -> int | None:
    match = pattern.search(text)
    return int(match[1] or match[2]) if match else None


def _law(header: Sequence[str], row: Sequence[tuple[Block, ...]]) -> str | None:
    number = one_line(_cell(header, row, "so ky hieu", "ma van ban", "so hieu"))
    return None if says_nothing(number) else number


__all__ = ["BadValueError", "detail_record", "section_of"]
