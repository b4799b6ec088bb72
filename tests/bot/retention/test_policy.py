"""Every table has a period or a reason for having none; a file that would weaken the policy by a slip is refused."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.conversations import private_values
from bot.conversations.deletion import TABLES
from bot.conversations.identity_links import LINK_KEPT
from bot.conversations.outcomes import RAW_KEPT
from bot.eforms.store import KEPT_IDLE
from bot.retention.policy import IMPERSONAL_TABLES, SHIPPED, RetentionFileError, read_periods, shipped_periods
from bot.retention.steps import steps
from bot.settings import PROJECT_ROOT
from bot.storage.all_models import METADATA


def test_every_table_has_a_period_or_holds_nothing_personal() -> None:
    with_period = {table for period in shipped_periods().by_name.values() for table in period.tables}
    assert with_period.isdisjoint(IMPERSONAL_TABLES)
    assert with_period | set(IMPERSONAL_TABLES) == set(METADATA.tables)


def test_what_deletion_calls_personal_has_a_period() -> None:
    personal = {name for name, share in TABLES.items() if share.fate != "impersonal"}
    assert personal.isdisjoint(IMPERSONAL_TABLES)


def test_every_class_that_is_not_built_in_has_a_step_for_each_of_its_tables() -> None:
    done = {step.name.partition("/")[0]: set[str]() for step in steps()}
    for step in steps():
        done[step.period].add(step.table.__tablename__)
    for name, period in shipped_periods().by_name.items():
        if not period.built_in and name != "engine_tracker":
            assert name in done, name
    cleared = {step.table.__tablename__ for step in steps()}
    built_in = {table for period in shipped_periods().by_name.values() if period.built_in for table in period.tables}
    assert cleared | built_in >= {table for period in shipped_periods().by_name.values() for table in period.tables}


def test_built_in_periods_are_those_of_the_code() -> None:
    periods = shipped_periods()
    assert periods["raw_body"].length == RAW_KEPT
    assert periods["private_value"].length == private_values.KEPT
    assert periods["draft"].length == KEPT_IDLE
    assert periods["identity_link"].length == LINK_KEPT


def test_the_operators_page_names_every_class_with_its_period() -> None:
    page = (PROJECT_ROOT / "docs" / "operators" / "retention.md").read_text(encoding="utf-8")
    for name, period in shipped_periods().by_name.items():
        assert f"| `{name}` | {period.days} |" in page, name


def changed(tmp_path: Path, change: Callable[[dict[str, Any]], None]) -> Path:
    data = yaml.safe_load(SHIPPED.read_text(encoding="utf-8"))
    change(data["periods"])
    path = tmp_path / "periods.yml"
    path.write_text(yaml.safe_dump(data, allow_unicode=True), encoding="utf-8")
    return path


def test_an_operator_may_change_a_period(tmp_path: Path) -> None:
    own = read_periods(changed(tmp_path, lambda periods: periods["transcript"].update(days=180)))
    assert own["transcript"].length == timedelta(days=180)


@pytest.mark.parametrize(
    "change",
    [
        lambda periods: periods.pop("transcript"),
        lambda periods: periods.update(new={**periods["consent"]}),
        lambda periods: periods["transcript"].update(days=0),
        lambda periods: periods["transcript"].update(days="mãi mãi"),
        lambda periods: periods["private_value"].update(days=30),
        lambda periods: periods["record"].update(days=30),
        lambda periods: periods["message_details"].update(days=400),
        lambda periods: periods["consent"].update(dayz=3),
        lambda periods: periods.clear(),
    ],
)
def test_a_file_that_is_wrong_stops_the_start(tmp_path: Path, change: Callable[[dict[str, Any]], None]) -> None:
    with pytest.raises(RetentionFileError):
        read_periods(changed(tmp_path, change))


@pytest.mark.parametrize("content", ["", "[]", "periods: 3", "\x00", "a: [b"])
def test_a_file_that_is_no_list_of_periods_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "periods.yml").write_text(content, encoding="utf-8")
    with pytest.raises(RetentionFileError):
        read_periods(tmp_path / "periods.yml")
    with pytest.raises(RetentionFileError):
        read_periods(tmp_path / "none.yml")
