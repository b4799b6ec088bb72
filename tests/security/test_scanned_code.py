"""Every check looks for patterns that are known to be dangerous, in all that ships."""

import subprocess
import sys
import tomllib
from pathlib import Path

from bot.settings import PROJECT_ROOT

DANGEROUS = """\
import subprocess
import yaml
from markupsafe import Markup


def shown(name: str, link: object) -> object:
    subprocess.run(name, shell=True)
    link.execute(f"SELECT a FROM b WHERE c = '{name}'")
    yaml.load(name, Loader=yaml.Loader)
    return Markup(name)
"""
FOUND = ("S602", "S608", "S506", "S704")


def test_a_dangerous_line_in_what_ships_is_found(tmp_path: Path) -> None:
    source = tmp_path / "dangerous.py"
    source.write_text(DANGEROUS, encoding="utf-8")
    command = [
        sys.executable,
        "-m",
        "ruff",
        "check",
        "--config",
        str(PROJECT_ROOT / "pyproject.toml"),
        "--output-format",
        "concise",
    ]
    said = subprocess.run([*command, str(source)], capture_output=True, text=True, check=False).stdout
    assert [code for code in FOUND if code not in said] == []


def test_only_what_is_made_for_ourselves_is_excused_from_a_rule() -> None:
    ruff = tomllib.loads((PROJECT_ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["ruff"]["lint"]
    assert set(ruff["per-file-ignores"]) == {"{benchmarks,deploy,scripts,simulators}/**", "tests/**"}
