"""Broken, huge and hostile input: an error that names the row, never a crash, never a full memory."""

import gzip
import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.catalogue.importing import json_values, limits, text_input
from bot.catalogue.importing.findings import ImportRefusedError, RowFinding
from bot.catalogue.importing.json_values import BadValueError
from bot.catalogue.importing.normalise import Normalised
from bot.catalogue.importing.raw import Located
from bot.catalogue.importing.read_records import record_of
from bot.catalogue.importing.sources import detect, read_source
from tests.bot.catalogue.importing.office_files import detail_file, list_file

Take = Callable[[Path], tuple[dict[str, Normalised], list[RowFinding]]]
GOOD = '{"code": "1.900001", "name": "Nuôi mèo"}'


def lines(path: Path, *content: str | bytes) -> Path:
    path.write_bytes(b"\n".join(line if isinstance(line, bytes) else line.encode() for line in content) + b"\n")
    return path


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (b'{"code": "1.900002", "name": "\xff\xfe"}', "UTF-8"),
        (b'{"code": "1.900002", "name": "a\x00b"}', "NUL"),
        (b'{"code": "1.900002", "name": ', "JSON"),
        (b'{"code": "1.900002", "name": "a", "methods": [{"time_qty": NaN}]}', "NaN"),
        (b'{"code": "1.900002", "name": "a", "methods": [{"time_qty": Infinity}]}', "Infinity"),
        (b'{"code": "1.900002", "name": "a", "methods": [{"time_qty": 1e999}]}', "time_qty"),
        (b'{"code": "1.900002", "name": "a", "methods": [{"time_qty": -3}]}', "time_qty"),
        (b'{"code": "1.900002", "name": "a", "methods": "hai"}', "methods"),
        (b'{"code": "1.900002", "name": "a", "level": [1, 2]}', "level"),
        (b'{"code": "1.900002", "name": {"a": 1}}', "name"),
        (b'{"code": "1.900002", "name": "a", "source": []}', "source"),
        (b'{"code": "12", "name": "a"}', "1.001234"),
        (b'{"code": 1.9, "name": "a"}', "1.001234"),
        (b'{"code": "1.900002", "name": "123"}', "tên"),
        (b'{"ten": "a"}', "code"),
        (b"[1, 2]", "{"),
        (b"true", "{"),
        (b'{"a":' * 60 + b"1" + b"}" * 60, "lồng"),
        (b'{"code": "1.900002", "name": "a", "x": ' + b"9" * 5000 + b"}", "JSON"),
    ],
)
def test_a_broken_row_is_named_and_the_others_are_taken(tmp_path: Path, taken: Take, line: bytes, told: str) -> None:
    records, refused = taken(lines(tmp_path / "a.jsonl", GOOD, line, GOOD.replace("900001", "900003")))
    assert sorted(records) == ["1.900001", "1.900003"]
    assert [finding.row for finding in refused] == ["dòng 2"]
    assert told in refused[0].message


def test_a_line_that_never_ends_is_skipped_without_being_kept(
    tmp_path: Path, taken: Take, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(text_input, "MAX_LINE_BYTES", 1000)
    records, refused = taken(
        lines(tmp_path / "a.jsonl", GOOD, b'{"x": "' + b"a" * 5_000_000 + b'"}', GOOD.replace("900001", "900003"))
    )
    assert sorted(records) == ["1.900001", "1.900003"]
    assert [(finding.row, finding.hazard) for finding in refused] == [("dòng 2", "too_large")]


def test_a_gzip_bomb_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text_input, "_ALWAYS_FINE", 1_000_000)
    path = tmp_path / "a.jsonl.gz"
    path.write_bytes(gzip.compress(GOOD.encode() + b"\n" + b"a" * 30_000_000))
    with pytest.raises(ImportRefusedError, match="giải nén"):
        list(read_source(path, detect(path)))


def test_a_gzip_file_cut_short_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl.gz"
    path.write_bytes(gzip.compress((GOOD + "\n").encode() * 5000)[:-40])
    with pytest.raises(ImportRefusedError, match="hỏng"):
        list(read_source(path, detect(path)))


def test_too_many_rows_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text_input, "MAX_ROWS", 3)
    with pytest.raises(ImportRefusedError, match="hơn 3 dòng"):
        list(read_source(lines(tmp_path / "a.jsonl", *[GOOD] * 4), "jsonl"))


def test_an_empty_file_and_a_missing_one_are_refused(tmp_path: Path) -> None:
    (tmp_path / "empty").write_bytes(b"")
    for name in ("empty", "missing"):
        with pytest.raises(ImportRefusedError):
            detect(tmp_path / name)


def zipped(path: Path, members: dict[str, bytes], kind: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", kind) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


@pytest.mark.parametrize("office", ["xl/workbook.xml", "word/document.xml"])
@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"<!DOCTYPE a [<!ENTITY b 'ha'>]><a>&b;</a>", "DOCTYPE"),
        (b"<?xml version='1.0'?><!ENTITY x SYSTEM 'file:///etc/hostname'><a/>", "ENTITY"),
        ("<a/>".encode("utf-16"), "UTF-8"),
        (b"<a>" + b" " * 40_000_000 + b"</a>", "giải nén"),
    ],
)
def test_office_bombs_and_entities_are_refused_before_any_library_sees_them(
    tmp_path: Path, office: str, content: bytes, told: str
) -> None:
    path = zipped(tmp_path / "a", {"[Content_Types].xml": b"<a/>", office: content})
    with pytest.raises(ImportRefusedError, match=told):
        list(read_source(path, detect(path)))


def test_an_archive_with_thousands_of_parts_is_refused(tmp_path: Path) -> None:
    path = zipped(
        tmp_path / "a", {"xl/workbook.xml": b"<a/>"} | {f"xl/{n}.xml": b"<a/>" for n in range(limits.MAX_ARCHIVE_MEMBERS)}
    )
    with pytest.raises(ImportRefusedError, match="phần"):
        list(read_source(path, detect(path)))


def test_an_archive_that_is_no_workbook_is_refused(tmp_path: Path) -> None:
    path = zipped(tmp_path / "a.xlsx", {"xl/workbook.xml": b"<a/>", "[Content_Types].xml": b"<a/>"})
    with pytest.raises(ImportRefusedError, match="Excel"):
        list(read_source(path, detect(path)))


def test_a_damaged_workbook_and_a_damaged_document_are_refused(tmp_path: Path) -> None:
    for path in (list_file(tmp_path / "a.xlsx", [("1.900001", "Nuôi mèo", "", "", "")]), detail_file(tmp_path / "b.docx")):
        whole = path.read_bytes()
        path.write_bytes(whole[: len(whole) // 2])
        with pytest.raises(ImportRefusedError):
            list(read_source(path, detect(path)))


def test_formula_cells_are_refused_by_row_and_never_computed(tmp_path: Path, taken: Take) -> None:
    path = list_file(
        tmp_path / "a.xlsx",
        [
            ("1.900001", "Nuôi mèo", "", "", ""),
            ("1.900002", '=HYPERLINK("http://evil.example","x")', "", "", ""),
            ("x", "y", "", "", ""),
        ],
    )
    records, refused = taken(path)
    assert list(records) == ["1.900001"]
    assert [(f.row, f.hazard) for f in refused] == [("TTHC, hàng 5", "formula"), ("TTHC, hàng 6", "bad_code")]


def test_a_list_without_headings_is_refused(tmp_path: Path) -> None:
    path = list_file(tmp_path / "a.xlsx", [("1.900001", "Nuôi mèo")], headings=("A", "B"))
    with pytest.raises(ImportRefusedError, match="tiêu đề"):
        list(read_source(path, detect(path)))


def test_a_row_shorter_than_its_headings_is_read_as_far_as_it_goes(tmp_path: Path, taken: Take) -> None:
    path = lines(tmp_path / "a.tsv", "ma_so\tten\tlinh_vuc", "1.900001\tNuôi mèo", "1.900002", b"1.900003\t\xff")
    records, refused = taken(path)
    assert list(records) == ["1.900001"]
    assert [(f.row, f.hazard) for f in refused] == [("dòng 3", "name_missing"), ("dòng 4", "broken_row")]


def test_a_page_with_scripts_and_deep_nesting_is_only_text(tmp_path: Path, taken: Take) -> None:
    page = (
        "<html><body>" + "<div>" * 3000 + "<table><tr><td>Mã thủ tục</td><td>1.900030</td></tr>"
        "<tr><td>Tên thủ tục</td><td>Nuôi<script>alert(1)</script> rùa</td></tr></table>" + "</div>" * 3000 + "</body></html>"
    )
    path = lines(tmp_path / "a.html", page)
    records, refused = taken(path)
    assert [n.record.name for n in records.values()] == ["Nuôi rùa"] or refused, "read, or refused as a row"


def test_a_page_without_code_is_refused_as_a_row(tmp_path: Path, taken: Take) -> None:
    assert "1.001234" in taken(lines(tmp_path / "a.html", "<html><body><p>Không có gì</p></body></html>"))[1][0].message


def test_very_long_texts_and_lists_are_refused_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(BadValueError, match="steps"):
        record_of({"code": "1.900001", "name": "a", "steps": "a" * (limits.MAX_TEXT + 1)})
    monkeypatch.setattr(json_values, "MAX_ITEMS", 3)
    with pytest.raises(BadValueError, match="methods"):
        record_of({"code": "1.900001", "name": "a", "methods": [{}] * 4})


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
KEYS = (
    "level",
    "methods",
    "document_groups",
    "legal_basis",
    "source",
    "steps",
    "online_submit_button",
    "other_versions",
    "target",
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(values=st.dictionaries(st.sampled_from(KEYS), JSON_VALUES, max_size=5))
def test_any_values_are_a_record_or_a_refused_row(tmp_path: Path, taken: Take, values: dict[str, object]) -> None:
    path = lines(tmp_path / "a.jsonl", json.dumps({"code": "1.900001", "name": "Nuôi mèo"} | values))
    records, refused = taken(path)
    assert len(records) + len(refused) == 1


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.binary(max_size=400))
def test_any_bytes_are_rows_or_a_refused_file(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "any"
    path.write_bytes(content)
    try:
        rows = list(read_source(path, detect(path)))
    except ImportRefusedError:
        return
    assert all(isinstance(row, Located | RowFinding) for row in rows)
