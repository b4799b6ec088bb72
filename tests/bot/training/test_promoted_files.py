"""Only the whole, measured file is ever kept for serving."""

from pathlib import Path

import pytest

from bot.training.promoted_files import ModelFileError, drop_unused, keep_model, promoted_file
from tests.bot.training.candidates import sha256

CONTENT = b"a model" * 1000


def test_a_kept_model_survives_its_source(tmp_path: Path) -> None:
    source = tmp_path / "m.tar.gz"
    source.write_bytes(CONTENT)
    kept = keep_model(tmp_path, source, sha256(CONTENT))
    source.unlink()
    assert keep_model(tmp_path, source, sha256(CONTENT)) == kept
    assert kept.read_bytes() == CONTENT


def test_nothing_is_written_twice_where_a_link_will_do_and_a_copy_is_as_good(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = tmp_path / "m.tar.gz"
    source.write_bytes(CONTENT)
    assert keep_model(tmp_path, source, sha256(CONTENT)).stat().st_ino == source.stat().st_ino

    def no_links(*_args: object) -> None:
        raise OSError(18, "Invalid cross-device link")

    monkeypatch.setattr("os.link", no_links)
    copied = keep_model(tmp_path / "elsewhere", source, sha256(CONTENT))
    assert copied.stat().st_ino != source.stat().st_ino
    assert copied.read_bytes() == CONTENT


def test_a_half_written_or_changed_source_leaves_nothing_behind(tmp_path: Path) -> None:
    source = tmp_path / "m.tar.gz"
    source.write_bytes(CONTENT[:-1])
    with pytest.raises(ModelFileError, match="≠"):
        keep_model(tmp_path, source, sha256(CONTENT))
    with pytest.raises(ModelFileError, match="gone"):
        keep_model(tmp_path, tmp_path / "gone.tar.gz", sha256(CONTENT))
    assert list((tmp_path / "promoted").iterdir()) == []


def test_a_damaged_copy_is_made_anew(tmp_path: Path) -> None:
    source = tmp_path / "m.tar.gz"
    source.write_bytes(CONTENT)
    kept = keep_model(tmp_path, source, sha256(CONTENT))
    kept.unlink()
    kept.write_bytes(b"damaged")
    assert keep_model(tmp_path, source, sha256(CONTENT)).read_bytes() == CONTENT


@pytest.mark.parametrize("name", ["../../etc/passwd", "", "A" * 64, "a" * 63, "a" * 64 + "/.."])
def test_nothing_but_a_hash_names_a_file(tmp_path: Path, name: str) -> None:
    with pytest.raises(ModelFileError):
        promoted_file(tmp_path, name)


def test_what_no_slot_needs_is_deleted(tmp_path: Path) -> None:
    for content in (b"one", b"two"):
        (tmp_path / "m.tar.gz").write_bytes(content)
        keep_model(tmp_path, tmp_path / "m.tar.gz", sha256(content))
    assert drop_unused(tmp_path, {sha256(b"two")}) == 1
    assert [path.name for path in (tmp_path / "promoted").iterdir()] == [f"{sha256(b'two')}.tar.gz"]
