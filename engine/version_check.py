"""Refuses to start on other versions than the patches and the model format were written for.

The truth is ``requirements/engine.in``; a handful of its pins decide whether Rasa runs at all and are compared here.
"""

import re
import sys
from collections.abc import Callable, Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

RASA_VERSION = "3.6.21"
KEY_PACKAGES = ("rasa", "rasa-sdk", "sanic", "SQLAlchemy", "numpy", "scipy", "scikit-learn", "redis", "PyYAML")
PINS_FILE = Path(__file__).resolve().parent.parent / "requirements" / "engine.in"
PYTHON = (3, 11)
REMEDY = "Remedy: `make setup` builds the environment .venv-engine from requirements/engine.lock."

_PIN = re.compile(r"^([A-Za-z0-9._-]+)==([A-Za-z0-9.+!_-]+)", re.MULTILINE)


def key_pins(requirements: str) -> dict[str, str]:
    """The pinned versions of ``KEY_PACKAGES`` in the text of ``requirements/engine.in``."""
    pins = {name.lower(): pinned for name, pinned in _PIN.findall(requirements)}
    return {name: pins[name.lower()] for name in KEY_PACKAGES if name.lower() in pins}


def version_problems(
    pins: Mapping[str, str],
    installed: Callable[[str], str] = version,
    python: tuple[int, int] = sys.version_info[:2],
) -> list[str]:
    """One line per package that is missing or has another version, and for another Python; empty when all is well."""
    problems = []
    if python != PYTHON:
        problems.append(f"Python {PYTHON[0]}.{PYTHON[1]} is needed, this is {python[0]}.{python[1]}")
    for name, wanted in pins.items():
        try:
            found = installed(name)
        except PackageNotFoundError:
            problems.append(f"{name} {wanted} is not installed")
            continue
        if found != wanted:
            problems.append(f"{name} {wanted} is needed, {found} is installed")
    return problems


def require_pinned_versions(pins_file: Path = PINS_FILE) -> None:
    """Exits with code 1, naming every difference and the remedy, unless the key packages are the pinned ones."""
    problems = version_problems(key_pins(pins_file.read_text(encoding="utf-8")))
    if problems:
        sys.exit("\n".join(["The engine's environment does not fit:", *(f"  - {line}" for line in problems), REMEDY]))
