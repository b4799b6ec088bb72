"""The figures of the last run of each scenario, as JSON under ``var/load``: what the page of capacity is written from."""

import json
from pathlib import Path
from typing import Any

from bot.settings import PROJECT_ROOT

FOLDER = PROJECT_ROOT / "var" / "load"


def keep(scenario: str, figures: dict[str, Any], folder: Path = FOLDER) -> None:
    """Writes them down in place of the last ones."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{scenario}.json").write_text(json.dumps(figures, ensure_ascii=False, indent=1), encoding="utf-8")


def kept(scenario: str, folder: Path = FOLDER) -> dict[str, Any] | None:
    """The figures; None where the scenario was not run here."""
    path = folder / f"{scenario}.json"
    return dict(json.loads(path.read_text(encoding="utf-8"))) if path.is_file() else None
