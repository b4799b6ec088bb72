"""Files that people send: papers, lists, catalogues, training data, packs. Each is read as its own code reads it, from a folder
that is thrown away."""

import functools
import hashlib
import io
import json
import tempfile
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path

from hypothesis import strategies as st
from PIL import Image
from reportlab.pdfgen.canvas import Canvas

from bot.authoring.archives import project_zip, read_project
from bot.authoring.documents import nlu_blocks, read_plain
from bot.authoring.importing import ImportRefusedError as RowsRefusedError
from bot.authoring.importing import read_rows
from bot.authoring.safe_yaml import decoded, yaml_faults
from bot.catalogue.importing.agencies import AgencyNames, load_agency_names
from bot.catalogue.importing.findings import ImportRefusedError
from bot.catalogue.importing.normalise import normalise
from bot.catalogue.importing.raw import Located
from bot.catalogue.importing.sources import detect, read_source
from bot.catalogue.publishing.archive import BrokenArchiveError, pack, unpack
from bot.catalogue.yaml_files import Problem
from bot.eforms.check import EFormFileError, check_eforms, load_forms
from bot.eforms.paper_checks import check_paper
from bot.eforms.papers import Paper
from bot.eforms.virus_scan import NoScanner
from bot.labelling.listed_messages import UnreadableListError, read_list
from bot.levels.pages import judge_page
from bot.officers.files import FileRefusedError, checked_file
from motcua.vendor.archive import opened_pack
from motcua.vendor.faults import PackError
from motcua.vendor.secret_part import seal, unseal
from tests.bot.catalogue.importing.office_files import detail_file, list_file
from tests.fuzz.mutation import changed_bytes, changed_zips, json_bodies, words
from tests.fuzz.parsers import Parser
from tests.shipped import CATALOGUE_FOLDER, shipped_catalogue

_TODAY = date(2026, 11, 26)
_PASSPHRASE = "con đường làng có hàng tre"
_RECORD = {
    "code": "1.900001",
    "name": "Nuôi mèo",
    "level": "Cấp Xã",
    "field": "Vật nuôi",
    "source": {"url": "https://a.vn/1"},
    "steps": [{"name": "Bước 1", "content": "Nộp đơn"}],
    "methods": [{"name": "Trực tiếp", "time_qty": 3, "time_unit": "ngày", "fee": "8.000 đồng"}],
    "papers": [{"name": "Đơn", "original": 1, "copy": 0}],
    "agencies": ["Ủy ban nhân dân cấp xã"],
}
_PAGE = """<!doctype html><html><head><title>Thủ tục 1.900001</title></head><body><h1>Nuôi mèo</h1>
<table><tr><td>Mã thủ tục:</td><td>1.900001</td></tr><tr><td>Tên thủ tục:</td><td>Nuôi mèo</td></tr>
<tr><td>Lĩnh vực:</td><td>Vật nuôi</td></tr></table></body></html>
""".encode()
_ROWS = """intent,text
ask_fee,Lệ phí bao nhiêu
ask_fee,"Hết, bao nhiêu"
""".encode()
_NLU = """version: "3.1"
nlu:
- intent: ask_fee
  examples: |
    - lệ phí [khai sinh](procedure) bao nhiêu
    - mất tiền không
""".encode()
FORM = """title: Đăng ký nuôi chó
type: object
required: [a, b]
$defs:
  p: {type: object, properties: {n: {type: string, title: Tên, pattern: '^a+$'}}}
properties:
  a: {$ref: '#/$defs/p'}
  b: {type: array, title: B, minItems: 1, items: {enum: [x, y]}}
  c: {type: string, format: date, title: Ngày, x-not-after: today}
if: {properties: {b: {const: x}}}
then: {required: [c]}
""".encode()


@functools.cache
def _agencies() -> AgencyNames:
    return load_agency_names(CATALOGUE_FOLDER, shipped_catalogue().agencies)


@functools.cache
def _folder() -> Path:
    kept = tempfile.TemporaryDirectory(prefix="motcua-fuzz-")
    _KEPT.append(kept)
    return Path(kept.name)


_KEPT: list[tempfile.TemporaryDirectory[str]] = []


def _made(write: Callable[[Path], object], name: str) -> bytes:
    path = _folder() / name
    write(path)
    return path.read_bytes()


def _picture(kind: str) -> bytes:
    out = io.BytesIO()
    Image.linear_gradient("L").resize((64, 48)).save(out, kind)
    return out.getvalue()


def _pdf() -> bytes:
    out = io.BytesIO()
    canvas = Canvas(out)
    for page in range(2):
        canvas.drawString(72, 720, f"Trang {page}")
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def _heic() -> bytes:
    return b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic" + b"\x00" * 64


def _pack() -> bytes:
    out, content = io.BytesIO(), b'{"a":1}\n'
    manifest = {
        "format": "motcua.vendor/1",
        "made_at": "2026-11-27T03:00:00+00:00",
        "product_version": "1",
        "commit": None,
        "schema_revision": "0029",
        "database": "sqlite",
        "tables": {"account": {"rows": 1, "columns": {"a": "integer"}}},
        "audit_head": [0, ""],
        "key_marks": [],
        "model": None,
        "has_secrets": False,
        "left_out": {},
        "files": {"ledger/account.jsonl": {"size": len(content), "sha256": hashlib.sha256(content).hexdigest()}},
    }
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("ledger/account.jsonl", content)
        made.writestr("manifest.json", json.dumps(manifest))
    return out.getvalue()


def _read_catalogue(raw: bytes) -> int | None:
    """As an import reads a file: format by content, every row normalised or refused with its number."""
    path = _folder() / "source"
    path.write_bytes(raw)
    good = 0
    for row in read_source(path, detect(path)):
        if isinstance(row, Located):
            normalise(row.record, _agencies(), _TODAY)
            good += 1
    return good or None


def _check_paper(raw: bytes, kind: str) -> object:
    verdict = check_paper(raw, kind, _ANY_PAPER, NoScanner())
    return verdict if verdict.refused is None else None


_ANY_PAPER = Paper("x", "Giấy", accepts=("image/jpeg", "image/png", "image/heic", "application/pdf"))


def _officer_file(sent: tuple[str, bytes]) -> object:
    found = checked_file(sent[0], sent[1], NoScanner())
    assert "/" not in found.name
    assert len(found.name) < 120
    return found


def _rows(name: str) -> Callable[[bytes], object]:
    return lambda raw: read_rows(name, raw)


def _training_file(raw: bytes) -> object:
    text = decoded("data/nlu/x.yml", raw)
    if not isinstance(text, str) or yaml_faults("data/nlu/x.yml", text):
        return None
    read_plain(text)
    return (nlu_blocks("data/nlu/x.yml", text),)


def _project(raw: bytes) -> object:
    found = read_project(raw)
    assert all(not path.startswith("/") and ".." not in path.split("/") for path in found.texts)
    return found


def _vendor_pack(raw: bytes) -> object:
    path = _folder() / "pack.zip"
    path.write_bytes(raw)
    with opened_pack(path, lambda _line: None, free_bytes=50_000_000) as pack_read:
        for table in pack_read.manifest.tables:
            list(pack_read.lines(table))
    return True


def schema_file(raw: bytes, suffix: str = "json") -> list[Problem]:
    """What the check of the catalogue says of an e-form's file."""
    folder = _folder() / "eforms"
    folder.mkdir(exist_ok=True)
    for old in folder.iterdir():
        old.unlink()
    (folder / f"9.000001.{suffix}").write_bytes(raw)
    return check_eforms(_folder(), [])


def _eform_file(raw: bytes) -> object:
    schema_file(raw, "yml")
    return load_forms(_folder())


def _page(raw: bytes) -> object:
    return judge_page(raw, "https://dichvucong.gov.vn/p/1?ma=1", "1.900001", ("Nuôi mèo",))


def parsers() -> list[Parser]:
    """All of this page."""
    workbook = _made(
        lambda path: list_file(path, [("1.900001", "Nuôi mèo", "UBND", "Sở", "Vật nuôi"), ("1.900002", "Nuôi ong", "", "", "")]),
        "a.xlsx",
    )
    table = _made(lambda path: list_file(path, [("ask_fee", "Lệ phí")], ("intent", "text")), "b.xlsx")
    document = _made(detail_file, "a.docx")
    record = json.dumps(_RECORD, ensure_ascii=False).encode()
    refused = (ImportRefusedError,)
    pictures = {"image/jpeg": _picture("JPEG"), "image/png": _picture("PNG"), "application/pdf": _pdf(), "image/heic": _heic()}
    project = project_zip("abc", {"data/nlu/ask.yml": _NLU.decode(), "domain/domain.yml": "intents: [a]\n"})
    sealed = seal({"LEDGER_KEY": "x"}, _PASSPHRASE)
    return [
        *(
            Parser(f"paper {kind}", changed_bytes([raw]), functools.partial(_check_paper, kind=kind))
            for kind, raw in pictures.items()
        ),
        Parser(
            "officer's file",
            st.tuples(words() | st.just("../../đơn.pdf\x00.exe"), changed_bytes([*pictures.values(), document])),
            _officer_file,
            (FileRefusedError,),
        ),
        Parser("catalogue jsonl", json_bodies([record]), _read_catalogue, refused),
        Parser("catalogue json", json_bodies([b"[" + record + b"," + record + b"]"]), _read_catalogue, refused),
        Parser(
            "catalogue tsv",
            changed_bytes(["Mã số\tTên thủ tục\tCơ quan ban hành\n1.900001\tNuôi mèo\tUBND\n".encode()]),
            _read_catalogue,
            refused,
        ),
        Parser("catalogue xlsx", changed_zips([workbook]), _read_catalogue, refused),
        Parser("catalogue docx", changed_zips([document]), _read_catalogue, refused),
        Parser("catalogue html", changed_bytes([_PAGE]), _read_catalogue, refused),
        Parser("official page", changed_bytes([_PAGE, b"<html><body>dang nhap <input type=password></body></html>"]), _page),
        Parser("trainers' csv", changed_bytes([_ROWS]), _rows("a.csv"), (RowsRefusedError,)),
        Parser("trainers' xlsx", changed_zips([table]), _rows("a.xlsx"), (RowsRefusedError,)),
        Parser("trainers' yaml", changed_bytes([_NLU]), _rows("a.yml"), (RowsRefusedError,)),
        Parser("training file", changed_bytes([_NLU]), _training_file),
        Parser("trainers' project", changed_zips([project]), _project, (RowsRefusedError,)),
        Parser(
            "published catalogue",
            changed_zips([pack({"procedures/a.yml": b"a: 1\n", "places.yml": b"b: 2\n"})]),
            unpack,
            (BrokenArchiveError,),
        ),
        Parser(
            "list to label",
            changed_bytes([_ROWS, 'câu\nxin chào\n"a\nb"\n'.encode("utf-16")]),
            lambda raw: list(read_list(raw)),
            (UnreadableListError,),
        ),
        Parser("vendor pack", changed_zips([_pack()]), _vendor_pack, (PackError,)),
        Parser("vendor secrets", json_bodies([sealed]), lambda raw: unseal(raw, _PASSPHRASE), (PackError,)),
        Parser("e-form file", changed_bytes([FORM]), _eform_file, (EFormFileError,)),
    ]
