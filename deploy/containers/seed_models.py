"""Copies the models that the image brings into ``MODELS_DIR`` where they are missing; what is there stays. Standard library only.

``MODELS_DIR`` is a volume: promoted models live there. A newer image brings a newer model under another name, so that both stand
side by side and the newest is served where nothing was promoted.
"""

import os
import shutil
import sys
from pathlib import Path

SHIPPED = Path(__file__).resolve().parents[2] / "models"


def seed(shipped: Path, models: Path) -> list[str]:
    """Copies; says what was copied. A reader never sees half a file, and times stay: the newest model is the one served."""
    copied = []
    for source in sorted(path for path in shipped.rglob("*") if path.is_file()):
        name = source.relative_to(shipped)
        target = models / name
        if any(part.startswith(".") for part in name.parts) or target.exists():
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        unfinished = target.with_name(f".{target.name}.{os.getpid()}")
        shutil.copy2(source, unfinished)
        unfinished.replace(target)
        copied.append(name.as_posix())
    return copied


def main() -> int:
    """The exit code."""
    if not SHIPPED.is_dir():
        print(f"this image has no models: {SHIPPED}", file=sys.stderr)
        return 1
    models = Path(os.environ["MODELS_DIR"])
    for name in seed(SHIPPED, models):
        print(f"{models / name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
