"""What leaves in a pack comes to life elsewhere: same rows, same hashes, on whichever database."""

import hashlib
import json
import stat
import subprocess
import zipfile
from pathlib import Path

import pytest
from sqlalchemy import insert, text
from sqlalchemy.exc import DatabaseError

from bot.accounts.audit import OPERATOR, record_audit, verify_chain
from bot.settings import Settings
from bot.storage.database import Database, open_database, writing
from bot.storage.migrate import is_at_head
from bot.storage.models import Conversation, Inbound
from motcua.local_secrets import read_secrets
from motcua.vendor.archive import opened_pack
from motcua.vendor.exporting import export_pack
from motcua.vendor.faults import PackError
from motcua.vendor.restoring import restore_pack
from tests.motcua.vendor.packs import KEY, NOW, PASSPHRASE, Places, all_rows, quiet

pytestmark = pytest.mark.usefixtures("filled")


@pytest.mark.parametrize("target", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def test_every_row_of_every_table_comes_back(settings: Settings, places: Places, tmp_path: Path, target: str) -> None:
    before = all_rows(settings.database_url)
    assert sum(bool(rows) for rows in before.values()) > 30, "the test must have something to lose"
    export_pack(settings, tmp_path / "p.zip", NOW, quiet)
    url = places.of(target)
    restored = restore_pack(tmp_path / "p.zip", url, tmp_path / "new", quiet)
    assert all_rows(url) == before
    assert restored.rows == {name: len(rows) for name, rows in before.items()}
    opened = open_database(url)
    assert is_at_head(opened.engine)
    with opened.sessions() as session:
        report = verify_chain(session)
    assert (report.broken_at, report.entries) == (None, 3)
    opened.engine.dispose()


@pytest.mark.parametrize("target", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def test_life_goes_on_in_the_restored_ledger(settings: Settings, places: Places, tmp_path: Path, target: str) -> None:
    export_pack(settings, tmp_path / "p.zip", NOW, quiet)
    url = places.of(target)
    restore_pack(tmp_path / "p.zip", url, tmp_path / "new", quiet)
    opened = open_database(url)
    with writing(opened.sessions) as session:
        highest = max(row.id for row in session.query(Inbound))
        fresh = Inbound(conversation_id="conv-a", channel="zalo", account="oa", event_id="later", seq=9, received_at=NOW)
        session.add(fresh)
        session.flush()
        assert fresh.id == highest + 1
        assert record_audit(session, OPERATOR, "test.later", "thing:4", now=NOW) == 4
    for table in ("audit_entry", "kill_switch"):
        with pytest.raises(DatabaseError), writing(opened.sessions) as session:
            session.execute(text(f"DELETE FROM {table}"))
    opened.engine.dispose()


@pytest.mark.postgres
def test_a_ledger_goes_to_another_database_and_back(settings: Settings, places: Places, tmp_path: Path) -> None:
    before, url = all_rows(settings.database_url), settings.database_url
    kinds = ("sqlite", "postgresql")
    for step, kind in enumerate(kinds if url.startswith("postgresql") else reversed(kinds)):
        export_pack(settings.model_copy(update={"database_url": url}), tmp_path / f"{step}.zip", NOW, quiet)
        url = places.of(kind)
        restore_pack(tmp_path / f"{step}.zip", url, tmp_path / f"new{step}", quiet)
    assert all_rows(url) == before


def test_the_search_over_transcripts_finds_what_was_restored(
    settings: Settings, filled: Database, places: Places, tmp_path: Path
) -> None:
    with filled.engine.begin() as connection:
        values = "(1, 'conv-a', 1, '2026-11-27 03:00:00', 'citizen', 'khai sinh cho con')"
        connection.execute(text(f"INSERT INTO transcript_index (id, conversation_id, seq, at, speaks, words) VALUES {values}"))
    export_pack(settings, tmp_path / "p.zip", NOW, quiet)
    url = places.sqlite()
    restore_pack(tmp_path / "p.zip", url, tmp_path / "new", quiet)
    opened = open_database(url)
    with opened.engine.connect() as connection:
        assert connection.execute(text("SELECT rowid FROM transcript_words WHERE transcript_words MATCH 'sinh'")).all() == [(1,)]
    opened.engine.dispose()


def test_an_export_sees_one_moment(settings: Settings, filled: Database, tmp_path: Path) -> None:
    """A conversation that comes in while the export runs is in it with all of its rows or not at all."""

    def tell(line: str) -> None:
        if line == "Sổ cái":
            return
        with writing(filled.sessions) as session:
            values = {"channel": "zalo", "account": "oa", "opened_at": NOW}
            session.execute(insert(Conversation).values(id="during", external_id="during", **values))

    # The model is told of after the tables were read and before the transaction ends.
    done = export_pack(settings, tmp_path / "p.zip", NOW, lambda line: tell(line) if line.startswith("Mô hình") else None)
    with opened_pack(tmp_path / "p.zip", quiet) as pack:
        ids = [json.loads(line)["id"] for line in pack.lines("conversation")]
    assert ids == ["conv-a", "conv-b"]
    assert done.manifest.tables["conversation"].rows == 2


def test_anybody_can_read_a_pack(settings: Settings, tmp_path: Path) -> None:
    """With nothing but a zip program and JSON: no program of ours is needed to leave."""
    done = export_pack(settings, tmp_path / "p.zip", NOW, quiet)
    assert hashlib.sha256((tmp_path / "p.zip").read_bytes()).hexdigest() == done.sha256
    with zipfile.ZipFile(tmp_path / "p.zip") as pack:
        manifest = json.loads(pack.read("manifest.json"))
        for name, part in manifest["files"].items():
            assert hashlib.sha256(pack.read(name)).hexdigest() == part["sha256"], name
        lines = pack.read("ledger/inbound.jsonl").decode().splitlines()
        assert [json.loads(line)["event_id"] for line in lines] == ["e-conv-a", "e-conv-b"]
        assert len(lines) == manifest["tables"]["inbound"]["rows"]
        assert pack.read("models/motcua-1.tar.gz") == b"a model"
        names = set(pack.namelist())
    assert {"docs/portal-api.yaml", "docs/gateway-api.yaml", "project/data/catalogue/một.yml", "project/config.yml"} <= names


def test_no_secret_is_in_a_pack_that_was_not_asked_to_hold_them(settings: Settings, tmp_path: Path) -> None:
    export_pack(settings, tmp_path / "open.zip", NOW, quiet)
    export_pack(settings, tmp_path / "sealed.zip", NOW, quiet, passphrase=PASSPHRASE)
    for name in ("open.zip", "sealed.zip"):
        with zipfile.ZipFile(tmp_path / name) as pack:
            everything = b"\n".join(pack.read(one) for one in pack.namelist())
        for secret in (KEY, "engine-secret", "web-secret", "zalo-secret", PASSPHRASE):
            assert secret.encode() not in everything


@pytest.mark.usefixtures("shaped_at_once")
def test_secrets_come_back_with_the_right_passphrase_only(settings: Settings, places: Places, tmp_path: Path) -> None:
    export_pack(settings, tmp_path / "p.zip", NOW, quiet, passphrase=PASSPHRASE)
    with pytest.raises(PackError, match="cụm mật khẩu không đúng"):
        restore_pack(tmp_path / "p.zip", places.sqlite(), tmp_path / "new", quiet, passphrase=PASSPHRASE + "!")
    assert not (tmp_path / "new").exists()
    restore_pack(tmp_path / "p.zip", places.sqlite(), tmp_path / "new", quiet, passphrase=PASSPHRASE)
    secrets = tmp_path / "new" / "secrets.env"
    wanted = {"LEDGER_KEY": KEY, "ENGINE_SECRET": "engine-secret", "ZALO_APP_SECRET": "zalo-secret"}
    assert read_secrets(secrets).items() >= wanted.items()
    assert stat.S_IMODE(secrets.stat().st_mode) == 0o600


def test_a_short_passphrase_is_refused_before_anything_is_read(settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(PackError, match="ít nhất 12"):
        export_pack(settings, tmp_path / "p.zip", NOW, quiet, passphrase="ngắn")
    assert not list(tmp_path.glob("*.zip"))


@pytest.mark.usefixtures("shaped_at_once")
def test_settings_models_and_data_lie_where_the_restored_product_reads_them(
    settings: Settings, places: Places, tmp_path: Path
) -> None:
    export_pack(settings, tmp_path / "p.zip", NOW, quiet)
    url = places.sqlite()
    restored = restore_pack(tmp_path / "p.zip", url, tmp_path / "new", quiet)
    shell = f'. {tmp_path}/new/settings.env; printf \'%s|%s|%s\' "$HOTLINE" "$DATABASE_URL" "$DATA_DIR"'
    said = subprocess.run(["sh", "-c", shell], capture_output=True, check=True).stdout.decode()
    assert said == f"1900 1234|{url}|{tmp_path}/new/project/data"
    there = restored.settings(settings, url)
    assert (there.models_dir / "motcua-1.tar.gz").read_bytes() == b"a model"
    assert (there.models_dir / "motcua-1.json").is_file(), "else the restored product would train anew at its first start"
    assert (there.data_dir / "catalogue" / "một.yml").read_text(encoding="utf-8") == "tên: khai sinh\n"


@pytest.mark.usefixtures("shaped_at_once")
def test_the_trainers_history_comes_along(settings: Settings, places: Places, tmp_path: Path) -> None:
    work = tmp_path / "work"
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "GIT_CONFIG_NOSYSTEM": "1"}

    def git(*arguments: str) -> str:
        identity = ("-c", "user.name=An", "-c", "user.email=an@example.invalid")
        return subprocess.run(
            ["git", *identity, *arguments], env=environment, check=True, capture_output=True, text=True
        ).stdout.strip()

    git("init", "--quiet", "-b", "trainers", str(work))
    (work / "câu.txt").write_text("một câu", encoding="utf-8")
    git("-C", str(work), "add", "-A")
    git("-C", str(work), "commit", "--quiet", "-m", "một câu")
    git("clone", "--quiet", "--bare", str(work), str(settings.training_folder / "workspace"))
    export_pack(settings, tmp_path / "p.zip", NOW, quiet)
    restore_pack(tmp_path / "p.zip", places.sqlite(), tmp_path / "new", quiet)
    there = tmp_path / "new" / "training" / "workspace"
    assert git("--git-dir", str(there), "rev-parse", "trainers") == git("-C", str(work), "rev-parse", "trainers")


def test_an_export_does_not_overwrite_a_file(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "p.zip").write_bytes(b"mine")
    with pytest.raises(PackError, match="không ghi đè"):
        export_pack(settings, tmp_path / "p.zip", NOW, quiet)
    assert (tmp_path / "p.zip").read_bytes() == b"mine"


def test_a_failed_export_leaves_nothing(settings: Settings, filled: Database, tmp_path: Path) -> None:
    with filled.engine.begin() as connection:
        connection.execute(
            text("INSERT INTO engine_slot (slot, model_name, model_sha256) VALUES ('a', 'm', :sha)"), {"sha": "0" * 64}
        )
    (tmp_path / "out").mkdir()
    with pytest.raises(PackError, match="thiếu tệp của mô hình"):
        export_pack(settings, tmp_path / "out" / "p.zip", NOW, quiet)
    assert not list((tmp_path / "out").iterdir())


def test_a_ledger_of_another_shape_is_not_exported(settings: Settings, database: Database, tmp_path: Path) -> None:
    with database.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0020'"))
    with pytest.raises(PackError, match="chưa ở dạng của bản này"):
        export_pack(settings, tmp_path / "p.zip", NOW, quiet)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_no_ledger_is_made_where_there_is_none(settings: Settings, tmp_path: Path) -> None:
    nothing = settings.model_copy(update={"database_url": f"sqlite:///{tmp_path}/nothing.sqlite3"})
    with pytest.raises(PackError, match="chưa có sổ cái"):
        export_pack(nothing, tmp_path / "p.zip", NOW, quiet)
    assert not (tmp_path / "nothing.sqlite3").exists()


def test_a_database_that_holds_anything_is_not_restored_to(settings: Settings, tmp_path: Path) -> None:
    export_pack(settings, tmp_path / "p.zip", NOW, quiet)
    before = all_rows(settings.database_url)
    with pytest.raises(PackError, match="không trống"):
        restore_pack(tmp_path / "p.zip", settings.database_url, tmp_path / "new", quiet)
    assert all_rows(settings.database_url) == before
    assert not (tmp_path / "new").exists()


def test_a_folder_that_holds_anything_is_not_restored_to(settings: Settings, places: Places, tmp_path: Path) -> None:
    export_pack(settings, tmp_path / "p.zip", NOW, quiet)
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / "settings.env").write_text("mine", encoding="utf-8")
    with pytest.raises(PackError, match="không trống"):
        restore_pack(tmp_path / "p.zip", places.sqlite(), tmp_path / "new", quiet)
    assert (tmp_path / "new" / "settings.env").read_text(encoding="utf-8") == "mine"
    assert not list(tmp_path.glob("target-*"))


@pytest.mark.usefixtures("shaped_at_once")
def test_the_ledgers_file_may_lie_in_the_folder_itself(settings: Settings, tmp_path: Path) -> None:
    export_pack(settings, tmp_path / "p.zip", NOW, quiet)
    folder = tmp_path / "new"
    url = f"sqlite:///{folder / 'motcua.sqlite3'}"
    restored = restore_pack(tmp_path / "p.zip", url, folder, quiet)
    assert all_rows(url) == all_rows(settings.database_url)
    assert (folder / "settings.env").is_file()
    assert (restored.settings(settings, url).models_dir / "motcua-1.tar.gz").is_file()
    assert folder.stat().st_mode & 0o077 == 0
    assert not list(tmp_path.glob(".new*"))
