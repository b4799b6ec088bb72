"""A state of the catalogue is packed and named by its content; hostile ones are refused; a newer product finds trainers' work."""

import io
import zipfile

import pytest

from bot.catalogue.publishing.archive import BrokenArchiveError, fingerprints, pack, rebased, unpack
from tests.bot.catalogue.small_files import small_files


def test_the_same_files_give_the_same_bytes_and_come_back() -> None:
    files = small_files()
    assert pack(files) == pack(dict(reversed(files.items())))
    assert unpack(pack(files)) == files


@pytest.mark.parametrize("name", ["../ngoai.yml", "/etc/passwd", "procedures/..", "procedures//a.yml", ".git/config", "a\\b"])
def test_a_name_that_leads_out_of_the_folder_is_refused(name: str) -> None:
    with pytest.raises(BrokenArchiveError):
        pack({name: b""})
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr(name, "")
    with pytest.raises(BrokenArchiveError):
        unpack(made.getvalue())


def test_a_torn_archive_and_a_bomb_are_refused() -> None:
    packed = pack(small_files())
    for broken in (b"", b"PK", packed[: len(packed) // 2]):
        with pytest.raises(BrokenArchiveError):
            unpack(broken)
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.yml", b"\0" * (65 * 1024 * 1024))
    with pytest.raises(BrokenArchiveError, match="large"):
        unpack(made.getvalue())


def test_a_newer_product_brings_what_trainers_left_alone_and_keeps_what_they_changed() -> None:
    base = {"a.yml": b"1", "b.yml": b"1", "c.yml": b"1", "gone.yml": b"1", "same.yml": b"1"}
    published = base | {"a.yml": b"trainers", "c.yml": b"trainers", "own.yml": b"trainers", "same.yml": b"2"}
    shipped = {"a.yml": b"1", "b.yml": b"product", "c.yml": b"product", "new.yml": b"product", "same.yml": b"2"}
    made = rebased(published, fingerprints(base), shipped)
    assert made.files == {
        "a.yml": b"trainers", "b.yml": b"product", "c.yml": b"trainers", "own.yml": b"trainers", "new.yml": b"product",
        "same.yml": b"2",
    }  # fmt: skip
    assert made.both_changed == ("c.yml",)


def test_without_a_known_base_the_published_state_stands_whole() -> None:
    assert rebased({"a.yml": b"1"}, {}, {"a.yml": b"2", "b.yml": b"2"}).files == {"a.yml": b"1"}
