"""Which intents a message can be labelled with: those that the training data have examples for."""

import re
from functools import cache
from pathlib import Path

_INTENT = re.compile(r"^- intent: *([A-Za-z0-9_]+) *$", re.MULTILINE)


@cache
def _read(folder: Path, _changed_at: int) -> tuple[str, ...]:
    found: list[str] = []
    for path in sorted(folder.glob("*.yml")):
        text = path.read_text(encoding="utf-8")
        names = list(_INTENT.finditer(text))
        for match, following in zip(names, [*names[1:], None], strict=True):
            examples = text[match.end() : following.start() if following else len(text)]
            # An intent whose examples begin with a slash is an act that only buttons send.
            if "\n    - /" not in examples:
                found.append(match[1])
    return tuple(dict.fromkeys(found))


def known_intents(data_dir: Path) -> tuple[str, ...]:
    """The names, in the order of the files; read again when a file was changed."""
    folder = data_dir / "nlu"
    return _read(folder, max((path.stat().st_mtime_ns for path in folder.glob("*.yml")), default=0))
