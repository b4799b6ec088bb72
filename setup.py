"""What pyproject.toml cannot say: a wheel carries the project as it stands in its repository, below ``motcua_project``.

Rasa's project, the catalogue, the engine's code and the application lie in one folder, whose place the code knows
(``bot.settings.PROJECT_ROOT``), and the engine's Python gets that folder, and nothing else of the application's environment, on
its path. So the folder is kept whole, and a ``.pth`` line puts it on the path of the environment that the wheel is installed in.
An editable installation is setuptools' own.
"""

import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

ROOT = Path(__file__).resolve().parent
TREE = "motcua_project"
FOLDERS = ("actions", "bot", "connectors", "console", "data", "docs", "domain", "engine")
FOLDERS += ("motcua", "requirements", "scripts", "simulators")
FILES = ("LICENSE", "README.md", "README.vi.md", "config.yml", "credentials.yml", "endpoints.yml", "pyproject.toml")


class ProjectTree(build_py):
    """Copies the tree."""

    def run(self) -> None:
        """For a wheel; an editable installation takes the packages where they are."""
        if self.editable_mode:
            super().run()
            return
        library = Path(self.build_lib)
        shutil.rmtree(library, ignore_errors=True)
        for name in FOLDERS:
            shutil.copytree(
                ROOT / name, library / TREE / name, ignore=shutil.ignore_patterns("__pycache__", "*.pyc", "secrets.env")
            )
        for name in FILES:
            shutil.copy2(ROOT / name, library / TREE / name)
        (library / f"{TREE}.pth").write_text(f"{TREE}\n", encoding="utf-8")


setup(cmdclass={"build_py": ProjectTree})
