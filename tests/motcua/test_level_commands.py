"""``motcua levels`` from the outside."""

import csv
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from motcua import level_commands
from motcua.cli import app
from tests.bot.levels.conftest import Site, trap_site
from tests.bot.levels.test_rounds import catalogue_at
from tests.databases import one_ledger
from tests.shipped import shipped_catalogue

__all__ = ["trap_site"]

Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("DATABASE_URL", one_ledger(tmp_path / "ledger.sqlite3"))
    monkeypatch.setenv("VAR_DIR", str(tmp_path / "var"))
    monkeypatch.setenv("LINK_CHECKS_LOOPBACK", "true")
    return lambda *arguments: CliRunner().invoke(app, arguments)


def test_the_audit_counts_and_writes_a_table(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(level_commands, "live_catalogue", lambda _settings: shipped_catalogue())
    made = run("levels", "audit", "--csv", str(tmp_path / "a.csv"))
    assert made.exit_code == 0, made.output
    assert "số hồ sơ chưa biết" in made.output
    partial = {code for code, one in shipped_catalogue().procedures.items() if one.online.level == "partial"}
    with (tmp_path / "a.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == len(shipped_catalogue().procedures)
    assert {row["Mã"] for row in rows if "no_partial_reason" in row["Mã kết luận"]} == partial
    assert all(code in made.output for code in partial)


def test_links_are_looked_at_and_a_broken_one_is_an_error(run: Run, trap_site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(level_commands, "live_catalogue", lambda _settings: catalogue_at(trap_site))
    good = run("levels", "check-links", "--code", "1.001193", "--pause", "0")
    assert good.exit_code == 0, good.output
    assert "Trang có đúng thủ tục" in good.output
    every = run("levels", "check-links", "--pause", "0")
    assert every.exit_code == 1
    assert "not_found_page" in every.output
    assert "Liên kết hỏng" in run("levels", "audit").output
    assert run("levels", "check-links", "--code", "9.999999").exit_code == 2
