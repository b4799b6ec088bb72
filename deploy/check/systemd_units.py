"""Has ``systemd-analyze`` look at the units in a folder of their own: ``python -m deploy.check.systemd_units``."""

import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[1] / "systemd"
WORST_EXPOSURE = 2.0
_SYSTEM = Path("/usr/lib/systemd/system")


def units() -> list[str]:
    """The names of all units; a template stands as its first instance."""
    names = sorted(path.name for path in FOLDER.iterdir() if path.suffix in (".service", ".target", ".timer"))
    return [name.replace("@.", "@1.") for name in names]


def analysed(*arguments: str) -> tuple[int, str]:
    """The exit code and what was said."""
    done = subprocess.run(["systemd-analyze", *arguments], capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def make_root(root: Path) -> None:
    """A root folder with systemd's own units, ours, and the programs that they name."""
    (root / "etc/systemd").mkdir(parents=True)
    shutil.copytree(FOLDER, root / "etc/systemd/system")
    shutil.copytree(_SYSTEM, root / _SYSTEM.relative_to("/"), symlinks=True)
    for environment in (".venv", ".venv-engine"):
        program = root / "opt/motcua" / environment / "bin/python"
        program.parent.mkdir(parents=True)
        program.write_text("#!/bin/sh\n")
        program.chmod(0o755)


def main() -> int:
    """The exit code: 1 where a unit is faulty or too open."""
    faults = []
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        make_root(root)
        code, said = analysed("verify", f"--root={root}", "--man=no", *(f"{root}/etc/systemd/system/{name}" for name in units()))
        ours = [line for line in said.splitlines() if "motcua" in line and "Permission denied" not in line]
        faults += ours if code or ours else []
        for name in units():
            if not name.endswith(".service"):
                continue
            _, table = analysed("security", f"--root={root}", "--offline=true", "--no-pager", name)
            found = re.search(r"exposure level for \S+: ([\d.]+)", table)
            print(f"  {name:<32}{found.group(1) if found else '?'}")
            if found is None or float(found.group(1)) > WORST_EXPOSURE:
                faults.append(f"{name}: exposure {found.group(1) if found else 'unknown'}, at most {WORST_EXPOSURE}")
    print(*faults, sep="\n", end="\n" if faults else "")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
