"""``indicators.yml``: what is wrong in it is named, and nothing half-right is used."""

from pathlib import Path

import pytest

from bot.reporting.indicators import FILE, IndicatorFileError, load_indicators
from tests.bot.reporting.dossiers import DATA

_TEXT = (DATA / FILE).read_text(encoding="utf-8")
SHIPPED = _TEXT[_TEXT.index("as_of:") :]


def load(folder: Path, text: str | bytes) -> None:
    path = folder / FILE
    path.parent.mkdir()
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    load_indicators(folder)


def test_the_groups_have_a_hundred_points_and_group_three_is_shared_out() -> None:
    found = load_indicators(DATA)
    assert sum(group.max_points for group in found.groups) == 100
    assert {one.id: one.full_percent for one in found.indicators if one.group == 3} == {"3.1": 80, "3.3": 50}
    assert all(one.note and one.source for one in found.indicators)


@pytest.mark.parametrize(
    ("was", "becomes", "told"),
    [
        ("formula: on_time", "formula: on_tme", "no formula 'on_tme'"),
        ("full_percent: 80", "full_percent: 180", "less than or equal to 100"),
        ("full_percent: 80", 'full_percent: "80"', "valid integer"),
        ("max_points: 10\n", "max_points: 11\n", "11 points together"),
        ('id: "3.3"', 'id: "3.1"', "3.1 stands in the file twice"),
        ("group: 6", "group: 7", "no group 7"),
        ("    full_percent: 90\n", "", "needs full_percent"),
        ("formula: null", "formula: null\n    max_points: 18", "no max_points"),
        ("certainty: source", "certainty: sure", "certainty"),
        ("  silent_hours: 24\n", "", "silent_hours"),
        ("due_working_days: 1", "due_working_days: -1", "due_working_days"),
        ("alerts:", "alarms:", "alerts"),
        ("groups:", "groups: [", "indicators.yml"),
        (SHIPPED, "", "indicators.yml"),
        (SHIPPED, "[" * 50_000, "indicators.yml"),
        (SHIPPED, "a" * 1_100_000, "over 1000000 bytes"),
    ],
)
def test_a_fault_is_named(tmp_path: Path, was: str, becomes: str, told: str) -> None:
    assert was in SHIPPED
    with pytest.raises(IndicatorFileError, match=r"indicators\.yml") as raised:
        load(tmp_path, SHIPPED.replace(was, becomes, 1))
    assert told in str(raised.value)


def test_a_missing_file_and_one_that_is_no_text_are_named(tmp_path: Path) -> None:
    with pytest.raises(IndicatorFileError, match=r"indicators\.yml"):
        load_indicators(tmp_path)
    with pytest.raises(IndicatorFileError, match=r"indicators\.yml"):
        load(tmp_path, b"\xff\xfe\x00")
