"""A catalogue of two procedures as files with comments, as people keep them: small enough to be read in a moment."""

from collections.abc import Mapping
from pathlib import Path

import yaml

FIRST, SECOND = "1.000001", "1.000002"

_PROCEDURE = """\
# Kiểm tra lần cuối: tháng 11/2026
code: '{code}'
name: {name}
official_name: Thủ tục {lower}
aliases:
{aliases}
questions:
  - Làm {lower} ở đâu?
field: Thú nuôi
receiving_agency: tthcc-xa
deciding_agency: ubnd-xa
handled_by:
  text: cấp xã
  certainty: sure
online:
  available: true
  level: unknown
  certainty: sure
cases:
  - id: lan-dau
    name: Lần đầu
    cues: [mới nuôi]
  - id: cap-lai
    name: Cấp lại
    cues: [bị mất]
documents:
  certainty: sure
  groups:
    - items:
        - name: Tờ khai   # mẫu số 1
          originals: 1
          form: Mẫu số 1
        - name: Ảnh con vật
          copies: 2
    - case: cap-lai
      items:
        - name: Đơn báo mất
times:
  - text: 03 ngày làm việc
    channel: direct
    amount: 3
    unit: working_day
    certainty: sure
  - text: 02 ngày làm việc
    channel: online
    amount: 2
    unit: working_day
    certainty: sure
fees:
  # Mức của Bắc Ninh
  - kind: amount
    text: 8.000 đồng
    amount_vnd: 8000
    certainty: sure
    raw: '8.000 đ'
steps:
  - Nộp hồ sơ.
  - Nhận kết quả.
conditions:
  certainty: unknown
result:
  text: Giấy chứng nhận
  certainty: sure
legal_basis:
  - Nghị định 01/2020/NĐ-CP
official_link:
  url: https://dichvucong.gov.vn
  owner: Cổng
  verified_on: 2026-11-01
source:
  name: Cổng Dịch vụ công
  decision: 12/QĐ-BNN
  as_of: 2026-07
"""

_OTHERS = {
    "agencies": [
        {"id": "tthcc-xa", "name": "Trung tâm Phục vụ hành chính công cấp xã", "level": "commune"},
        {"id": "ubnd-xa", "name": "Ủy ban nhân dân xã, phường", "level": "commune"},
    ],
    "places": [{"id": "kinh-bac", "name": "Kinh Bắc", "kind": "phuong"}],
    "life_events": [],
    "ambiguous": [],
}
_CALENDAR = {
    "hours": {"monday_to_friday": ["07:30-11:30"], "certainty": "sure"},
    "holidays": [],
    "covers_years": [2026, 2027],
    "source": "Lịch",
}


def procedure_text(code: str = FIRST, name: str = "Đăng ký nuôi mèo") -> str:
    """One procedure's file."""
    lower = name[:1].lower() + name[1:]
    aliases = "\n".join(f"  - {lower} kiểu {number}" for number in range(8))
    return _PROCEDURE.format(code=code, name=name, lower=lower, aliases=aliases)


def small_files() -> dict[str, bytes]:
    """The whole catalogue by path."""
    files = {f"procedures/{FIRST}.yml": procedure_text(), f"procedures/{SECOND}.yml": procedure_text(SECOND, "Đăng ký nuôi chó")}
    files |= {f"{name}.yml": yaml.safe_dump({name: rows}, allow_unicode=True) for name, rows in _OTHERS.items()}
    files["calendar.yml"] = yaml.safe_dump(_CALENDAR, allow_unicode=True)
    return {name: text.encode() for name, text in files.items()}


def write_files(folder: Path, files: Mapping[str, bytes]) -> Path:
    """The files in a folder."""
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder
