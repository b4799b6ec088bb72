"""Each format is told by its content and read into the same records."""

import gzip
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.catalogue.importing.findings import ImportRefusedError, RowFinding
from bot.catalogue.importing.normalise import Normalised
from bot.catalogue.importing.sources import detect
from tests.bot.catalogue.importing.office_files import detail_file, list_file

Take = Callable[[Path], tuple[dict[str, Normalised], list[RowFinding]]]


def hazards(normal: Normalised) -> set[str]:
    return {doubt.hazard for doubt in normal.doubts}


def test_records_are_read_packed_and_plain_whatever_they_are_called(fixtures: Path, tmp_path: Path, taken: Take) -> None:
    packed = tmp_path / "danh-muc.bin"
    packed.write_bytes(gzip.compress((fixtures / "records.jsonl").read_bytes()))
    assert detect(packed) == detect(fixtures / "records.jsonl") == "jsonl"
    assert taken(packed)[0].keys() == taken(fixtures / "records.jsonl")[0].keys()


def test_a_record_comes_out_whole(fixtures: Path, taken: Take) -> None:
    record = taken(fixtures / "records.jsonl")[0]["1.900001"].record
    assert (record.name, record.official_name) == ("Đăng ký nuôi mèo", "Thủ tục đăng ký nuôi mèo")
    assert (record.as_of, record.decision, record.levels) == ("2026-07", "12/QĐ-THU", ("Cấp xã",))
    assert [time.text for time in record.times] == ["3 ngày làm việc"]
    assert [(fee.kind, fee.amount_vnd, fee.channel) for fee in record.fees] == [("amount", 20000, "any")]
    assert [paper.name for paper in record.papers.groups[0].papers][1] == "Bản vẽ vườn"
    assert (record.conditions.state, record.result.state) == ("absent", "present")
    assert record.online is True


def test_hazards_of_a_record_are_told(fixtures: Path, taken: Take) -> None:
    records = taken(fixtures / "records.jsonl")[0]
    assert hazards(records["1.900002"]) >= {
        "agency_renamed",
        "agency_elsewhere",
        "time_by_case",
        "fee_local_council",
        "papers_grouped",
        "paper_is_a_note",
        "level_changed",
        "name_changed",
    }
    assert hazards(records["1.900003"]) >= {"district_level", "time_without_unit", "fee_in_thousands"}
    assert "other_province" in hazards(records["1.115900"])


def test_silence_and_links_to_elsewhere(fixtures: Path, taken: Take) -> None:
    record = taken(fixtures / "records.jsonl")[0]["1.900003"].record
    assert (record.conditions.state, record.result.state) == ("unknown", "unknown")
    assert record.portal_url is None


def test_the_new_portals_json(fixtures: Path, taken: Take) -> None:
    assert detect(fixtures / "portal.json") == "json"
    record = taken(fixtures / "portal.json")[0]["1.900010"].record
    assert record.levels == ("Cấp tỉnh", "Cấp xã")
    assert [fee.kind for fee in record.fees] == ["stated"], "a zero without words is not free"
    assert [paper.name for paper in record.papers.groups[0].papers] == ["Đơn xin nuôi cá", "Ảnh bể cá"]
    assert (record.steps.raw or "").startswith("Bước 1")
    assert (record.as_of, record.valid_from) == ("2026-05-25", "2026-05-12")


def test_a_list_of_portal_records_in_one_file(fixtures: Path, tmp_path: Path, taken: Take) -> None:
    one = (fixtures / "portal.json").read_text(encoding="utf-8")
    path = tmp_path / "many.json"
    path.write_text(f"[{one},\n{one.replace('1.900010', '1.900011')}, 7]", encoding="utf-8")
    records, refused = taken(path)
    assert sorted(records) == ["1.900010", "1.900011"]
    assert [finding.row for finding in refused] == ["mục 3"]


def test_the_new_portals_page_text_keeps_flattened_tables_unknown(tmp_path: Path, taken: Take) -> None:
    path = tmp_path / "page.json"
    path.write_text(
        '{"ma_thu_tuc": "1.900012", "ten_thu_tuc": "Đổi tên mèo", "cap_thuc_hien": "Cấp xã", '
        '"cach_thuc_thuc_hien": "Trực tuyến2 NgàyMiễn phí", "ket_qua_xu_ly": "Giấy mèoMã: KQ.G01.000008Từ khóaKhông"}',
        encoding="utf-8",
    )
    record = taken(path)[0]["1.900012"].record
    assert (record.fees_state, record.times) == ("unknown", ())
    assert record.result.raw == "Giấy mèo"


def test_lists_of_both_kinds(fixtures: Path, tmp_path: Path, taken: Take) -> None:
    excel = list_file(
        tmp_path / "danh-sach",
        [("1.900001", "Thủ tục đăng ký nuôi mèo", "Bộ Mèo", "Ủy ban nhân dân cấp xã\nCông an cấp xã", "Vật nuôi"), (None,) * 5],
    )
    assert (detect(excel), detect(fixtures / "list.tsv")) == ("xlsx", "tsv")
    row = taken(excel)[0]["1.900001"].record.listed
    assert row is not None
    assert (row.issuing, row.field) == ("Bộ Mèo", "Vật nuôi")
    assert sorted(taken(fixtures / "list.tsv")[0]) == ["1.900001", "1.900009"]


def test_a_code_that_the_spreadsheet_took_for_a_number_comes_back(tmp_path: Path, taken: Take) -> None:
    assert list(taken(list_file(tmp_path / "a.xlsx", [(1.90012, "Nuôi gà", "", "", "")]))[0]) == ["1.900120"]


def test_detail_pages_of_both_kinds(fixtures: Path, tmp_path: Path, taken: Take) -> None:
    word = detail_file(tmp_path / "trang.bin")
    assert (detect(word), detect(fixtures / "detail.html")) == ("docx", "html")
    bee, bird = taken(word)[0]["1.900021"].record, taken(fixtures / "detail.html")[0]["1.900020"].record
    assert (bee.completeness, bird.completeness) == ("full", "full")
    assert [time.text for time in bee.times] == ["10 ngày"], "the unit stands in the description"
    assert [fee.kind for fee in bee.fees] == ["stated"]
    assert [(fee.amount_vnd, fee.text) for fee in bird.fees] == [(15000, "15.000 đồng (một con chim)")]
    assert [(p.name, p.originals, p.form) for p in bird.papers.groups[0].papers] == [
        ("Đơn xin nuôi chim (Mẫu số 01)", 1, "Mẫu số 01")
    ]
    assert (bird.legal_basis, bird.conditions.state, bird.targets) == (
        ("9/2025/NĐ-CP",),
        "absent",
        ("Công dân Việt Nam", "Người nước ngoài"),
    )


def test_a_folder_of_pages_names_the_file_of_each_row(fixtures: Path, tmp_path: Path, taken: Take) -> None:
    detail_file(tmp_path / "a.docx")
    shutil.copy(fixtures / "detail.html", tmp_path / "b.html")
    (tmp_path / "c.txt").write_text("chỉ là chữ", encoding="utf-8")
    records, refused = taken(tmp_path)
    assert sorted(records) == ["1.900020", "1.900021"]
    assert [finding.row for finding in refused] == ["c.txt"]


@pytest.mark.parametrize("content", [b"chu thuong", b"\xd0\xcf\x11\xe0cu", b"PK\x03\x04hong", b"a,b,c\n1,2,3\n"])
def test_other_content_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.xlsx"
    path.write_bytes(content)
    with pytest.raises(ImportRefusedError):
        detect(path)
