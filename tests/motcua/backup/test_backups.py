"""A backup is made while the product writes, proved by being restored, and refused where a bit of it is wrong."""

import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from pydantic import SecretStr
from sqlalchemy import create_engine, text

from bot.accounts.audit import OPERATOR, record_audit
from bot.conversations.outcomes import beat
from bot.settings import Settings
from bot.storage.database import Database, open_database, writing
from motcua.backup.creating import Created, create_backup
from motcua.backup.faults import BackupError
from motcua.backup.keeping import list_backups
from motcua.backup.opening import differences
from motcua.backup.proving import restore_backup, verify_backup
from tests.bot.rights.filled import SECRETS
from tests.motcua.vendor.packs import NOW, Places, all_rows, quiet

pytestmark = pytest.mark.usefixtures("filled")


@pytest.fixture
def created(kept: Settings) -> Created:
    return create_backup(kept, kept.backup_dir or Path(), NOW, quiet)


def elsewhere(kept: Settings, places: Places, tmp_path: Path) -> Settings:
    kind = "sqlite" if kept.database_url.startswith("sqlite") else "postgresql"
    new = tmp_path / "new"
    return kept.model_copy(update={"database_url": places.of(kind), "var_dir": new / "var", "models_dir": new / "models"})


def test_a_restored_installation_has_every_row_the_models_and_the_settings(
    kept: Settings, created: Created, places: Places, tmp_path: Path
) -> None:
    target = elsewhere(kept, places, tmp_path)
    restored = restore_backup(target, created.path, quiet)
    assert all_rows(target.database_url) == all_rows(kept.database_url)
    assert restored.models == ("motcua-1.json", "motcua-1.tar.gz")
    assert (target.models_dir / "motcua-1.tar.gz").read_bytes() == b"a model"
    written = (restored.settings_file or Path()).read_text(encoding="utf-8")
    assert "HOTLINE='1900 1234'" in written
    assert "SECRET" not in written
    with pytest.raises(BackupError, match="trống"):
        restore_backup(target.model_copy(update={"var_dir": tmp_path / "third"}), created.path, quiet)


def test_a_verification_restores_compares_and_opens_encrypted_values(kept: Settings, created: Created) -> None:
    proof = verify_backup(kept, created.path, NOW, quiet)
    assert proof.faults == ()
    assert proof.sampled.looked_at > 0
    (listed,) = list_backups(kept.backup_dir or Path())
    assert (listed.verified_at, listed.failed) == (NOW, False)


def test_another_ledger_key_is_noticed(kept: Settings, created: Created) -> None:
    other = kept.model_copy(update={"ledger_key": SecretStr(Fernet.generate_key().decode())})
    proof = verify_backup(other, created.path, NOW, quiet)
    assert not proof.passed
    assert "LEDGER_KEY" in proof.faults[0]
    assert list_backups(kept.backup_dir or Path())[0].failed


def test_nothing_is_readable_in_the_file_and_nobody_else_may_read_it(created: Created) -> None:
    content = created.path.read_bytes()
    assert created.path.stat().st_mode & 0o077 == 0
    assert not [word for word in (*SECRETS, "conv-a", "audit_entry") if word.encode() in content]
    assert [path.name for path in created.path.parent.iterdir()] == [created.path.name]


@pytest.mark.parametrize("damage", ["flip", "cut", "cut_at_a_piece", "swap", "key", "other"])
def test_a_damaged_backup_is_refused(kept: Settings, created: Created, damage: str, tmp_path: Path) -> None:
    content = bytearray(created.path.read_bytes())
    begin = content.index(b"}\n") if b"}\n" in content else 600
    if damage == "flip":
        content[-100] ^= 1
    elif damage == "cut":
        del content[-50:]
    elif damage == "cut_at_a_piece":
        del content[begin + 50 :]
    elif damage == "swap":
        content[20:24] = b"\x00\x00\x00\x02"
    elif damage == "other":
        content = bytearray(b"PK\x03\x04 not a backup")
    broken = tmp_path / created.path.name
    broken.write_bytes(content)
    with pytest.raises(BackupError):
        verify_backup(
            kept.model_copy(update={"backup_key": SecretStr("a key of somebody else")}) if damage == "key" else kept,
            broken,
            NOW,
            quiet,
        )


@contextmanager
def written_to(database: Database) -> Iterator[None]:
    """The ledger while somebody writes to it as fast as they can."""
    stop = threading.Event()

    def write() -> None:
        number = 0
        while not stop.wait(0.005):
            number += 1
            with writing(database.sessions) as session:
                record_audit(session, OPERATOR, "test.done", f"thing:{number}", {}, now=NOW)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        yield
    finally:
        stop.set()
        writer.join()


def test_it_is_made_of_one_moment_while_others_write(kept: Settings, database: Database) -> None:
    with written_to(database):
        created = create_backup(kept, kept.backup_dir or Path(), NOW, quiet)
    assert verify_backup(kept, created.path, NOW, quiet).faults == ()


def test_the_engines_talks_and_the_trainers_work_come_back(kept: Settings, places: Places, tmp_path: Path) -> None:
    if not kept.database_url.startswith("sqlite"):
        kept = kept.model_copy(update={"tracker_url": kept.database_url})
        tracker = create_engine(kept.database_url.replace("postgresql://", "postgresql+psycopg://"))
    else:
        kept.var_dir.mkdir(parents=True, exist_ok=True)
        tracker = create_engine(kept.tracker_address)
    with tracker.begin() as link:
        link.execute(text("CREATE TABLE events (id INTEGER PRIMARY KEY, sender_id VARCHAR(255), data TEXT)"))
        link.execute(text("INSERT INTO events VALUES (1, 'conv-a.1', 'x')"))
    repository = kept.training_folder / "workspace"
    repository.parent.mkdir(parents=True)
    for command in (
        ("git", "init", "--quiet", "--bare", str(repository)),
        ("sh", "-c", f"cd {repository} && git update-ref refs/heads/main $(git -c user.name=a -c user.email=a@b commit-tree "
         "$(git hash-object -t tree -w /dev/null) -m first)"),
    ):  # fmt: skip
        subprocess.run(command, check=True, capture_output=True)
    created = create_backup(kept, kept.backup_dir or Path(), NOW, quiet)
    assert verify_backup(kept, created.path, NOW, quiet).faults == ()
    target = elsewhere(kept, places, tmp_path)
    target = target.model_copy(update={"tracker_url": target.database_url if kept.tracker_url else None})
    assert restore_backup(target, created.path, quiet).workspace
    assert (target.training_folder / "workspace" / "HEAD").is_file()
    again = create_engine(target.tracker_address.replace("postgresql://", "postgresql+psycopg://"))
    with again.connect() as link:
        assert link.execute(text("SELECT sender_id FROM events")).scalar_one() == "conv-a.1"
        link.execute(text("DROP TABLE events"))
    with tracker.begin() as link:
        link.execute(text("DROP TABLE events"))
    again.dispose()
    tracker.dispose()


def test_a_key_too_short_or_missing_stops_before_anything_is_written(kept: Settings) -> None:
    for key in (None, SecretStr("short")):
        with pytest.raises(BackupError, match="BACKUP_KEY"):
            create_backup(kept.model_copy(update={"backup_key": key}), kept.backup_dir or Path(), NOW, quiet)
    folder = kept.backup_dir or Path()
    assert not folder.exists() or not list(folder.iterdir())


def test_a_row_too_many_after_a_restore_is_told(kept: Settings, created: Created, places: Places, tmp_path: Path) -> None:
    target = elsewhere(kept, places, tmp_path)
    restore_backup(target, created.path, quiet)
    ledger = open_database(target.database_url, pool_size=1)
    beat(ledger.sessions, "x", "worker", NOW)
    ledger.engine.dispose()
    assert any("heartbeat" in one for one in differences(created.manifest.databases[0], target.database_url))
