"""Files of examples and whole projects: what is taken, what each row met, what is refused outright."""

import io
import stat
import zipfile

import openpyxl
import pytest

from bot.authoring.archives import project_zip, read_project
from bot.authoring.importing import ImportPlan, ImportRefusedError, Row, plan_import, read_rows
from bot.authoring.workspace import Workspace
from tests.bot.authoring.conftest import FEE, GREET

TEXTS = {"data/nlu/ask_fee.yml": FEE, "data/nlu/greet.yml": GREET}


def planned(workspace: Workspace, *rows: tuple[str, str]) -> ImportPlan:
    """What taking these (intent, text) in would do."""
    workspace.head()
    numbered = [Row(number, intent, text) for number, (intent, text) in enumerate(rows, start=2)]
    return plan_import(workspace.git, TEXTS, numbered, {"chung thuc mat may dong": "intents_test.tsv"}, frozenset({"place"}))


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_tables_are_read_by_the_names_of_their_columns(delimiter: str) -> None:
    table = (
        delimiter.join(("Câu mẫu", "ghi chú", "Ý định"))
        + "\r\n"
        + delimiter.join(('"phí,  gì; thế"', "x", "ask_fee"))
        + "\r\n\r\n"
    )
    assert read_rows("a.CSV", b"\xef\xbb\xbf" + table.encode()) == [Row(2, "ask_fee", "phí, gì; thế")]


def test_sheets_and_rasa_files_are_read() -> None:
    book, out = openpyxl.Workbook(), io.BytesIO()
    for cells in (["intent", "text"], ["ask_fee", "phí ra sao"], [None, None], ["greet", 5]):
        book.active.append(cells)
    book.save(out)
    assert read_rows("a.xlsx", out.getvalue()) == [Row(2, "ask_fee", "phí ra sao"), Row(4, "greet", "5")]
    assert read_rows("a.yml", GREET.encode()) == [Row(5, "greet", "xin chào"), Row(6, "greet", "chào anh")]


@pytest.mark.parametrize(
    ("name", "raw", "reason"),
    [
        ("a.pdf", b"x", "unknown_kind"),
        ("a.csv", b"a,b\n1,2\n", "no_columns"),
        ("a.csv", b"intent,text\n", "no_rows"),
        ("a.csv", "intent,text\nask_fee,phí".encode("utf-16"), "not_utf8"),
        ("a.csv", b"intent,text\n" + b"greet,x\n" * 20_001, "too_many_rows"),
        ("a.csv", b"x" * 5_000_001, "too_large"),
        ("a.csv", b'intent,text\ngreet,"' + b"x" * 200_000, "broken_table"),
        ("a.xlsx", b"PK\x03\x04broken", "broken_table"),
        ("a.yml", b"a: &x 1\nb: *x\n", "broken_yaml"),
    ],
    ids=range(9),
)
def test_files_that_cannot_be_taken_are_refused_with_the_reason(name: str, raw: bytes, reason: str) -> None:
    with pytest.raises(ImportRefusedError, match=reason):
        read_rows(name, raw)


def test_each_row_is_added_folded_or_told(workspace: Workspace) -> None:
    plan = planned(
        workspace,
        ("ask_fee", "phí ra sao"),
        ("ask_fee", "Phí ra sao?"),
        ("ask_fee", "LỆ PHÍ bao nhiêu"),
        ("greet", "phí ra sao"),
        ("ask_fee", "xin chào"),
        ("khac", "x"),
        ("ask_fee", "chứng thực mất mấy đồng"),
        ("ask_fee", "gọi 0912345678"),
        ("ask_fee", "/greet"),
        ("ask_fee", "ở [x](noi)"),
        ("ask_fee", "?!"),
        ("greet", "chào [xã](place)"),
    )
    assert plan.files == {
        "data/nlu/ask_fee.yml": FEE + "    - phí ra sao\n",
        "data/nlu/greet.yml": GREET + "    - chào [xã](place)\n",
    }
    assert [(one.number, one.code) for one in plan.told] == [
        (3, "folded"),
        (4, "folded"),
        (5, "contradiction"),
        (6, "contradiction"),
        (7, "unknown_intent"),
        (8, "test_sentence"),
        (9, "private_number"),
        (10, "slash"),
        (11, "unknown_entity"),
        (12, "no_text"),
    ]
    assert (plan.rows, plan.added, plan.count("fault")) == (12, 2, 6)


def test_nothing_new_changes_no_file(workspace: Workspace) -> None:
    assert planned(workspace, ("greet", "XIN CHÀO")).files == {}


def test_a_project_comes_back_as_it_went_and_the_same_texts_give_the_same_file(workspace: Workspace) -> None:
    texts = {"domain/a.yml": "a: 1\n", "data/nlu/b.yml": FEE, "config.yml": "x: 1\n"}
    packed = project_zip("0" * 40, texts)
    assert packed == project_zip("0" * 40, texts)
    read = read_project(packed)
    assert dict(read.texts) == {"domain/a.yml": "a: 1\n", "data/nlu/b.yml": FEE}
    assert set(read.passed_over) == {"config.yml", "config.stock.yml", "README.md"}
    del workspace


def packed(*entries: tuple[str, bytes], mode: int = 0) -> bytes:
    """A zip file of these entries."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries:
            info = zipfile.ZipInfo(name)
            info.external_attr = mode << 16
            archive.writestr(info, content, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def test_a_folder_around_the_project_is_no_matter() -> None:
    assert list(read_project(packed(("du-an/data/nlu/a.yml", b"a: 1\n"), ("du-an/x.txt", b""))).texts) == ["data/nlu/a.yml"]


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (packed(("../data/nlu/a.yml", b"x")), "leads_out"),
        (packed(("/data/nlu/a.yml", b"x")), "leads_out"),
        (packed(("data/nlu/..\\a.yml", b"x")), "leads_out"),
        (packed(("data/nlu/a.yml", b"/etc/passwd"), mode=stat.S_IFLNK | 0o777), "link"),
        (packed(*((f"data/nlu/{number}.yml", b"\0" * 5_000_000) for number in range(13))), "too_large"),
        (packed(("data/nlu/a.yml", b"\xff\xfe")), "file_fault"),
        (packed(("x.txt", b"x")), "no_project"),
        (b"PK\x03\x04" + b"x" * 50, "broken_zip"),
        (b"x" * 20_000_001, "too_large"),
    ],
    ids=range(9),
)
def test_archives_that_bomb_or_lead_out_are_refused(raw: bytes, reason: str) -> None:
    with pytest.raises(ImportRefusedError, match=reason):
        read_project(raw)


def test_what_an_archive_says_of_its_sizes_is_not_believed() -> None:
    raw = bytearray(packed(("data/nlu/a.yml", b"a: 1\n" * 10_000)))
    for signature, offset in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        at = raw.index(signature) + offset
        raw[at : at + 4] = (5).to_bytes(4, "little")
    with pytest.raises(ImportRefusedError):
        read_project(bytes(raw))


def _with_broken_part(raw: bytes, name: str) -> bytes:
    """The zip with the packed bytes of one part spoilt; its list and sizes stay as they were."""
    with zipfile.ZipFile(io.BytesIO(raw)) as opened:
        info = opened.getinfo(name)
    at = info.header_offset + 30 + len(name)
    return raw[:at] + b"\xff" * 4 + raw[at + 4 :]


def test_a_sheet_whose_packing_is_broken_is_refused() -> None:
    book, out = openpyxl.Workbook(), io.BytesIO()
    book.active.append(["intent", "text"])
    book.save(out)
    with pytest.raises(ImportRefusedError) as refusal:
        read_rows("a.xlsx", _with_broken_part(out.getvalue(), "xl/workbook.xml"))
    assert refusal.value.reason == "broken_table"


def test_a_project_whose_packing_or_places_are_broken_is_refused() -> None:
    raw = project_zip("abc", TEXTS)
    record = raw.rindex(b"PK\x05\x06")
    places = raw[: record + 12] + b"\xff" * 8 + raw[record + 20 :]
    for broken in (_with_broken_part(raw, "data/nlu/ask_fee.yml"), b"x" * 20 + places):
        with pytest.raises(ImportRefusedError) as refusal:
            read_project(broken)
        assert refusal.value.reason == "broken_zip"
