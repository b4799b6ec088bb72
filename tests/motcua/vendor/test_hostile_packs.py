"""A pack that is broken, or was made to do harm, changes nothing and says what is wrong with it."""

import hashlib
import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.settings import Settings
from bot.storage.database import open_database
from motcua.vendor import archive
from motcua.vendor.exporting import export_pack
from motcua.vendor.faults import PackError
from motcua.vendor.restoring import restore_pack
from motcua.vendor.secret_part import seal, unseal
from tests.databases import migrated_sqlite
from tests.motcua.vendor.packs import KEY, NOW, PASSPHRASE, fill_ledger, quiet

pytestmark = pytest.mark.usefixtures("shaped_at_once")
Parts = dict[str, bytes]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A good pack."""
    folder = tmp_path_factory.mktemp("pack")
    url = migrated_sqlite(folder / "ledger.sqlite3")
    database = open_database(url)
    fill_ledger(database)
    database.engine.dispose()
    (folder / "data").mkdir()
    (folder / "models").mkdir()
    made = Settings(
        database_url=url, data_dir=folder / "data", models_dir=folder / "models", var_dir=folder / "var",
        engine_secret="e", ledger_key=KEY, web_session_secret="w",
    )  # fmt: skip
    export_pack(made, folder / "p.zip", NOW, quiet, passphrase=PASSPHRASE)
    return (folder / "p.zip").read_bytes()


@pytest.fixture
def refused(tmp_path: Path) -> Callable[..., str]:
    """Tries to restore these bytes; what is said. Nothing may be there afterwards."""

    def attempt(content: bytes, passphrase: str | None = None) -> str:
        (tmp_path / "p.zip").write_bytes(content)
        url = f"sqlite:///{tmp_path}/target.sqlite3"
        with pytest.raises(PackError) as caught:
            restore_pack(tmp_path / "p.zip", url, tmp_path / "new", quiet, passphrase=passphrase)
        assert sorted(path.name for path in tmp_path.iterdir()) == ["p.zip"], "something was written"
        return str(caught.value)

    return attempt


def parts_of(pack: bytes) -> Parts:
    with zipfile.ZipFile(io.BytesIO(pack)) as opened:
        return {name: opened.read(name) for name in opened.namelist()}


def packed(parts: Parts, manifest: Callable[[dict[str, Any]], None] = lambda _m: None, *, true_hashes: bool = True) -> bytes:
    """A pack of these parts whose manifest tells their true sizes and hashes, however hostile they are."""
    about = json.loads(parts["manifest.json"])
    if true_hashes:
        others = {name: content for name, content in parts.items() if name != "manifest.json"}
        about["files"] = {
            name: {"size": len(content), "sha256": hashlib.sha256(content).hexdigest()} for name, content in others.items()
        }
    manifest(about)
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in parts.items():
            made.writestr(name, json.dumps(about) if name == "manifest.json" else content)
    return written.getvalue()


def test_the_untouched_pack_is_taken(whole: bytes, tmp_path: Path) -> None:
    """So that what the other tests refuse is refused for the change alone."""
    (tmp_path / "p.zip").write_bytes(packed(parts_of(whole)))
    restore_pack(tmp_path / "p.zip", f"sqlite:///{tmp_path}/t.sqlite3", tmp_path / "new", quiet, passphrase=PASSPHRASE)


@pytest.mark.parametrize("share", [0.0, 0.01, 0.5, 0.99, 0.9999])
def test_a_pack_that_was_cut_off(whole: bytes, refused: Callable[..., str], share: float) -> None:
    assert "hỏng hoặc bị cắt" in refused(whole[: int(len(whole) * share)])


def test_a_flipped_bit_anywhere(whole: bytes, tmp_path: Path) -> None:
    """Wherever a bit of the content flips, the pack is refused; it never raises anything else."""

    @settings(max_examples=60)
    @given(st.integers(0, len(whole) * 8 - 1))
    def flipped(bit: int) -> None:
        broken = bytearray(whole)
        broken[bit // 8] ^= 1 << bit % 8
        (tmp_path / "p.zip").write_bytes(broken)
        try:
            with archive.opened_pack(tmp_path / "p.zip", quiet) as pack:
                # A bit of a date or of a mode says nothing about the content, which must be the same then.
                assert {name: pack.content(name) for name in pack.manifest.files} == good
        except PackError:
            pass

    good = {name: content for name, content in parts_of(whole).items() if name != "manifest.json"}
    flipped()


@pytest.mark.parametrize(
    "name",
    [
        "../evil.txt",
        "project/../../evil.txt",
        "/etc/evil.txt",
        "project//x",
        "project/./x",
        "C:/x",
        "project\\..\\x",
        "models/a\nb",
    ],
)
def test_a_part_that_leads_out_of_the_folder(whole: bytes, refused: Callable[..., str], name: str) -> None:
    assert "không được phép" in refused(packed(parts_of(whole) | {name: b"x"}))


def test_a_link_in_the_pack(whole: bytes, refused: Callable[..., str]) -> None:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as made:
        for name, content in parts_of(whole).items():
            made.writestr(name, content)
        link = zipfile.ZipInfo("project/link")
        link.external_attr = 0o120777 << 16
        made.writestr(link, "/etc/passwd")
    assert "không phải tệp thường" in refused(written.getvalue())


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_two_parts_of_one_name(whole: bytes, refused: Callable[..., str]) -> None:
    written = io.BytesIO(whole)
    with zipfile.ZipFile(written, "a") as made:
        made.writestr("ledger/inbound.jsonl", "{}")
    assert "cùng tên" in refused(written.getvalue())


def test_a_bomb(whole: bytes, refused: Callable[..., str]) -> None:
    assert "bom nén" in refused(packed(parts_of(whole) | {"project/data/zeros": b"\0" * 60_000_000}))


def test_more_than_the_disk_holds(whole: bytes, tmp_path: Path) -> None:
    (tmp_path / "p.zip").write_bytes(whole)
    with pytest.raises(PackError, match="mở ra cần"), archive.opened_pack(tmp_path / "p.zip", quiet, free_bytes=1000):
        pass


def test_an_extra_part_and_a_missing_one(whole: bytes, refused: Callable[..., str]) -> None:
    parts = parts_of(whole)
    assert "không khớp bản kê" in refused(packed(parts | {"project/extra": b"x"}, true_hashes=False))
    assert "không khớp bản kê" in refused(packed({k: v for k, v in parts.items() if k != "settings.json"}, true_hashes=False))


def test_a_changed_part(whole: bytes, refused: Callable[..., str]) -> None:
    parts = parts_of(whole)
    changed = parts["ledger/outbound.jsonl"].replace("Chào".encode(), b"Chao")
    assert "nội dung không khớp" in refused(packed(parts | {"ledger/outbound.jsonl": changed}, true_hashes=False))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda m: m.update(format="motcua.vendor/9"), "định dạng"),
        (lambda m: m.update(format=None), "định dạng"),
        (lambda m: m.update(schema_revision="9999"), "không biết"),
        (lambda m: m.update(schema_revision="0019"), "không phải của dạng 0019"),
        (lambda m: m.update(schema_revision="head"), "không đúng mẫu"),
        (lambda m: m.update(tables=[]), "không đúng mẫu"),
        (lambda m: m.update(surprise=1), "không đúng mẫu"),
        (lambda m: m["tables"].pop("inbound"), "không khớp bản kê các bảng"),
        (lambda m: m["tables"]["inbound"].update(rows=77), "bản kê nói 77 dòng"),
        (lambda m: m["tables"]["inbound"]["columns"].update(text="whole"), "các cột của bảng inbound"),
        (lambda m: m["tables"]["inbound"]["columns"].update(text="code"), "không đúng mẫu"),
        (lambda m: m.update(audit_head=[7, "0" * 64]), "không kết thúc ở mục"),
        (lambda m: m.update(has_secrets=False), "phần bí mật"),
    ],
)
def test_a_manifest_that_lies(
    whole: bytes, refused: Callable[..., str], change: Callable[[dict[str, Any]], None], said: str
) -> None:
    assert said in refused(packed(parts_of(whole), change))


@pytest.mark.parametrize("manifest", [b"", b"[]", b"nonsense", b"[" * 100_000, b"\xff\xfe", b'{"format": "motcua.vendor/1"}'])
def test_a_manifest_that_is_none(whole: bytes, refused: Callable[..., str], manifest: bytes) -> None:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in parts_of(whole).items():
            made.writestr(name, manifest if name == "manifest.json" else content)
    assert "manifest.json" in refused(written.getvalue()) or "định dạng" in refused(written.getvalue())


def test_some_other_zip_and_no_zip(refused: Callable[..., str]) -> None:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as made:
        made.writestr("hello.txt", "x")
    assert "không phải gói bàn giao" in refused(written.getvalue())
    assert "hỏng hoặc bị cắt" in refused(b"just text")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (b"not json\n", "dòng 1"),
        (b"[1,2]\n", "dòng 1: không đúng các cột"),
        (b'{"name":"x"}\n', "dòng 1: không đúng các cột"),
        (b'{"name":1,"kind":"k","beat_at":"2026-11-27T03:00:00+00:00","version":null}\n', "cột name"),
        (b'{"name":"x","kind":"k","beat_at":"2026-11-27T03:00:00","version":null}\n', "cột beat_at"),
        (b'{"name":"x","kind":"k","beat_at":"yesterday","version":null}\n', "cột beat_at"),
        (b'{"name":"x","kind":"k","beat_at":null,"version":null}\n', "không nhận"),
        (b"[" * 50_000 + b"\n", "dòng 1"),
    ],
)
def test_rows_that_are_none(whole: bytes, refused: Callable[..., str], line: bytes, said: str) -> None:
    parts = parts_of(whole) | {"ledger/heartbeat.jsonl": line}
    assert said in refused(packed(parts, lambda m: m["tables"]["heartbeat"].update(rows=1)))


def test_a_row_that_points_nowhere(whole: bytes, refused: Callable[..., str]) -> None:
    parts = parts_of(whole)
    parts["ledger/conversation.jsonl"] = parts["ledger/conversation.jsonl"].splitlines(keepends=True)[0]
    assert "không nhận" in refused(packed(parts, lambda m: m["tables"]["conversation"].update(rows=1)))


def test_an_audit_log_that_was_rewritten(whole: bytes, refused: Callable[..., str]) -> None:
    """True sizes and hashes do not help who changed what somebody did."""
    parts = parts_of(whole)
    changed = parts["ledger/audit_entry.jsonl"].replace(b"thing:1", b"thing:9")
    assert "đã bị sửa tại mục 2" in refused(packed(parts | {"ledger/audit_entry.jsonl": changed}))


def test_a_workspace_that_is_no_repository(whole: bytes, refused: Callable[..., str]) -> None:
    assert "kho dữ liệu huấn luyện" in refused(packed(parts_of(whole) | {"training/workspace.bundle": b"# v2 git bundle\nxx"}))


def test_a_setting_that_would_run_a_command(whole: bytes, refused: Callable[..., str]) -> None:
    evil = json.dumps({"hotline": "1'; rm -rf /; '"}).encode()
    assert "HOTLINE" in refused(packed(parts_of(whole) | {"settings.json": evil}))


@pytest.mark.parametrize(
    "change",
    [
        {"n": 2**30},
        {"n": 1},
        {"r": 4096},
        {"kdf": "none"},
        {"cipher": "rot13"},
        {"salt": "?"},
        {"content": "AAAA"},
        {"nonce": ""},
        {"nonce": "AA=="},
    ],
)
def test_a_secret_part_that_was_tampered_with(whole: bytes, refused: Callable[..., str], change: dict[str, Any]) -> None:
    parts = parts_of(whole)
    sealed = json.loads(parts["secrets.json"]) | change
    said = refused(packed(parts | {"secrets.json": json.dumps(sealed).encode()}), PASSPHRASE)
    assert "bí mật" in said


@given(st.dictionaries(st.text(min_size=1), st.text(), max_size=4))
@settings(max_examples=5)
def test_what_is_sealed_is_unsealed(secrets: dict[str, str]) -> None:
    assert unseal(seal(secrets, PASSPHRASE), PASSPHRASE) == secrets


@pytest.mark.parametrize("end", [b"\xff" * 8, b"\xff\xff\xff\x7f" + b"\x00" * 4], ids=["both", "size"])
def test_a_pack_whose_list_lies_before_its_beginning(whole: bytes, refused: Callable[..., str], end: bytes) -> None:
    record = whole.rindex(b"PK\x05\x06")
    assert "hỏng" in refused(whole[: record + 12] + end + whole[record + 20 :])
