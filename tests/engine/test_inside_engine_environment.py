"""Runs the checks that import Rasa with the Python of the engine, which has no pytest."""

import subprocess
from pathlib import Path

import pytest

from tests.engine_process import PYTHON, ROOT, engine_environment

CHECKS = sorted((Path(__file__).parent / "inside").glob("check_*.py"))


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.stem)
def test_checks_that_import_rasa(check: Path) -> None:
    env = engine_environment({"PYTHONPATH": str(ROOT), "SQLALCHEMY_SILENCE_UBER_WARNING": "1"})
    done = subprocess.run([str(PYTHON), str(check)], cwd=ROOT, env=env, capture_output=True, text=True, check=False, timeout=200)
    assert done.returncode == 0, done.stderr
    assert "\nOK" in done.stderr
    assert "Ran 0 tests" not in done.stderr
