"""Reads what ``deploy/containers/Containerfile`` gives a container: variables, command and user of each image."""

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

FILE = Path(__file__).resolve().parents[1] / "containers" / "Containerfile"
IMAGES = ("engine", "app", "workbench", "backup")


@dataclass
class Stage:
    """One stage, with what it inherits from the stage that it stands on."""

    name: str
    base: str
    environment: dict[str, str] = field(default_factory=dict)
    user: str = "0"
    instructions: list[tuple[str, str]] = field(default_factory=list)


def read_stages(file: Path = FILE) -> Mapping[str, Stage]:
    """All stages by name."""
    stages: dict[str, Stage] = {}
    current: Stage | None = None
    for word, rest in _instructions(file.read_text(encoding="utf-8")):
        if word == "FROM":
            base, _, name = rest.partition(" AS ")
            known = stages.get(base)
            current = Stage(name, base, dict(known.environment) if known else {}, known.user if known else "0")
            stages[name] = current
        if current is None:
            continue
        current.instructions.append((word, rest))
        if word == "ENV":
            pairs = (pair.split("=", 1) for pair in shlex.split(rest))
            current.environment.update({name: re.sub(r"\$\{\w+\}", "", value) for name, value in pairs})
        if word == "USER":
            current.user = rest
    return stages


def _instructions(text: str) -> list[tuple[str, str]]:
    lines = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#"))
    joined = re.sub(r"\\\n\s*", " ", lines)
    return [(word, rest.strip()) for word, _, rest in (line.partition(" ") for line in joined.splitlines() if line.strip())]
