"""Builds Rasa's environment for an installed package: a checkout has ``make setup`` for it."""

import subprocess
import sys
from collections.abc import Callable

from bot.settings import PROJECT_ROOT, Settings
from motcua.preparation import PreparationError, child_environment, run_tool


def build_engine_environment(settings: Settings, say: Callable[[str], None]) -> bool:
    """Makes the environment that ``ENGINE_PYTHON`` names from the engine's lock file, with hashes; False where it is there.

    Raises ``PreparationError``. Half an environment is no harm: the next run begins anew."""
    python = settings.engine_python
    folder = python.parent.parent
    if python.exists() and _has_rasa(settings):
        return False
    environment = child_environment(settings)
    say(f"  {folder}")
    run_tool((sys.executable, "-m", "venv", "--clear", str(folder)), environment, say)
    lock = PROJECT_ROOT / "requirements" / "engine.lock"
    install = ("-m", "pip", "--disable-pip-version-check", "install", "--quiet", "--no-deps", "--ignore-requires-python")
    run_tool((str(python), *install, "--require-hashes", "--requirement", str(lock)), environment, say)
    if not _has_rasa(settings):
        raise PreparationError(f"{folder}: Rasa không chạy được trong môi trường vừa dựng (cần Python 3.11)")
    return True


def _has_rasa(settings: Settings) -> bool:
    command = (str(settings.engine_python), "-m", "engine.launch", "version")
    return subprocess.run(command, cwd=PROJECT_ROOT, capture_output=True, check=False).returncode == 0
