"""The copy that a slot keeps of what it pulled: whole or not used."""

from pathlib import Path

import pytest

from engine.slots import Slot, ask, forget_kept_model, keep_model, kept_model, sha256_of


@pytest.fixture
def slot(tmp_path: Path) -> Slot:
    return Slot("b", "http://127.0.0.1:9", "secret", tmp_path / "models", patience=0.1)


def test_a_copy_is_found_again_whole_with_its_name_until_it_is_forgotten(slot: Slot, tmp_path: Path) -> None:
    model = tmp_path / "motcua-new.tar.gz"
    model.write_bytes(b"a model")
    keep_model(slot, model, sha256_of(model))
    model.unlink()
    found = kept_model(slot)
    assert found is not None
    file, about = found
    assert (file.read_bytes(), about["name"]) == (b"a model", "motcua-new.tar.gz")
    assert kept_model(Slot("a", slot.server, slot.secret, slot.models_dir)) is None
    forget_kept_model(slot)
    forget_kept_model(slot)
    assert kept_model(slot) is None


@pytest.mark.parametrize("damage", [b"", b"a mode", None], ids=["empty", "cut", "gone"])
def test_a_damaged_copy_is_not_used(slot: Slot, tmp_path: Path, damage: bytes | None) -> None:
    model = tmp_path / "m.tar.gz"
    model.write_bytes(b"a model")
    keep_model(slot, model, sha256_of(model))
    kept = slot.models_dir / "slots" / "b.tar.gz"
    kept.unlink()
    if damage is not None:
        kept.write_bytes(damage)
    assert kept_model(slot) is None


@pytest.mark.parametrize("said", ["", "{", "[]", "{}", '{"sha256": 5, "name": "m"}'])
def test_a_description_that_cannot_be_read_is_no_copy(slot: Slot, said: str) -> None:
    folder = slot.models_dir / "slots"
    folder.mkdir(parents=True)
    (folder / "b.tar.gz").write_bytes(b"a model")
    (folder / "b.json").write_text(said, encoding="utf-8")
    assert kept_model(slot) is None


def test_a_server_that_is_away_is_an_answer_and_no_error(slot: Slot) -> None:
    assert ask(slot) == "away"
