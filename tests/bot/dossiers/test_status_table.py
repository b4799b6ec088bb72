"""The table of statuses that ships, and what a broken one is answered with."""

from pathlib import Path

import pytest
import yaml

from bot.dossiers.status_table import STATUSES_FILE, BrokenStatusTableError, load_status_table, status_table
from bot.texts import say


def test_table_that_ships_knows_the_ten_national_statuses_in_both_systems() -> None:
    for system in ("provincial", "national"):
        meanings = [status_table().meaning(system, str(code)) for code in range(1, 11)]
        assert [meaning.status.code for meaning in meanings if meaning] == list(range(1, 11))


def test_only_the_national_nine_is_flattened() -> None:
    flattened = [
        (system, code)
        for system in ("provincial", "national")
        for code in map(str, range(1, 11))
        if (meaning := status_table().meaning(system, code)) and meaning.flattened
    ]
    assert flattened == [("national", "9")]


@pytest.mark.parametrize(("system", "code"), [("provincial", "11"), ("provincial", "04"), ("other", "4"), ("", "")])
def test_unknown_code_has_no_meaning(system: str, code: str) -> None:
    assert status_table().meaning(system, code) is None


def test_every_citizen_text_exists_in_both_languages() -> None:
    for status in status_table().statuses:
        for language in ("vi", "en"):
            assert say(status.citizen_text, language, request="…", collect="…")


def test_both_languages_have_the_same_keys() -> None:
    folder = Path(__file__).parents[3] / "bot" / "texts"
    vi, en = (yaml.safe_load((folder / f"dossiers.{language}.yml").read_text()) for language in ("vi", "en"))
    assert list(vi) == list(en)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("code: 10,", "code: 11,"),
        ("code: 10,", "code: 9,"),
        ("who_must_act: nobody", "who_must_act: somebody"),
        ('"10": 10', '"10": 12'),
        ('flattened_codes: ["9"]', 'flattened_codes: ["99"]'),
        ("systems:", "sistems:"),
        ("systems:", "\tsystems: ["),
    ],
)
def test_broken_table_stops_the_start(tmp_path: Path, old: str, new: str) -> None:
    content = STATUSES_FILE.read_text(encoding="utf-8")
    assert old in content
    broken = tmp_path / "statuses.yml"
    broken.write_text(content.replace(old, new), encoding="utf-8")
    with pytest.raises(BrokenStatusTableError, match=r"statuses\.yml"):
        load_status_table(broken)
