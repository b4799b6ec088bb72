"""Small Excel and Word files for tests, made on the spot: binary files have no place in git."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import docx
from openpyxl import Workbook

HEADINGS = ("Mã số", "Tên thủ tục", "Cơ quan ban hành", "Cơ quan thực hiện", "Lĩnh vực")


def list_file(path: Path, rows: Sequence[Sequence[Any]], headings: Sequence[str] = HEADINGS) -> Path:
    """A list export: a title, a blank row, the headings, the rows."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "TTHC"
    sheet.append(["DANH SÁCH THỦ TỤC"])
    sheet.append([])
    sheet.append(list(headings))
    for row in rows:
        sheet.append(list(row))
    book.save(path)
    return path


def detail_file(path: Path, code: str = "1.900021", name: str = "Cấp thẻ nuôi ong") -> Path:
    """A detail page with nested tables, as the old portal exports it."""
    document = docx.Document()
    table = document.add_table(rows=0, cols=2)

    def row(label: str, text: str = "") -> Any:
        cells = table.add_row().cells
        cells[0].text, cells[1].text = label, text
        return cells[1]

    row("Mã thủ tục:", code)
    row("Tên thủ tục:", name)
    row("Số quyết định:", "8/QĐ-THU")
    row("Cấp thực hiện:", "Cấp Tỉnh")
    row("Lĩnh vực:", "Vật nuôi")
    row("Trình tự thực hiện:", "Bước 1: Nộp đơn.\nBước 2: Nhận thẻ.")
    ways = row("Cách thức thực hiện:").add_table(rows=1, cols=4)
    for cell, text in zip(ways.rows[0].cells, ("Hình thức nộp", "Thời hạn giải quyết", "Phí, lệ phí", "Mô tả"), strict=True):
        cell.text = text
    for cell, text in zip(ways.add_row().cells, ("Trực tiếp", "10", "Phí : 0 Đồng", "10 ngày kể từ khi nhận đơn"), strict=True):
        cell.text = text
    papers = row("Thành phần hồ sơ:").add_table(rows=1, cols=3)
    for cell, text in zip(papers.rows[0].cells, ("Tên giấy tờ", "Mẫu đơn, tờ khai", "Số lượng"), strict=True):
        cell.text = text
    for cell, text in zip(papers.add_row().cells, ("Đơn nuôi ong", "", "Bản chính: 1\nBản sao: 0"), strict=True):
        cell.text = text
    row("Cơ quan thực hiện:", "Sở Nông nghiệp và Môi trường")
    row("Kết quả thực hiện:", "Thẻ nuôi ong")
    document.save(str(path))
    return path
