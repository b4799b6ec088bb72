"""The wheel: everything that the product reads is in it, and it works from an empty folder."""

import os
import shutil
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

from bot import __version__
from bot.settings import PROJECT_ROOT

TREE = "motcua_project"
READ_AT_RUN_TIME = (".css", ".csv", ".html", ".ico", ".js", ".json", ".mako", ".md", ".png", ".safetensors", ".svg", ".txt")
READ_AT_RUN_TIME += (".ttf", ".webmanifest", ".woff2", ".yaml", ".yml", ".lock", ".py")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel built from a copy of what ships, so that nothing is left in the project."""
    source, out = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("dist")
    left_out = shutil.ignore_patterns("__pycache__", ".*", "models", "var", "tests", "benchmarks", "build", "dist", "*.egg-info")
    shutil.copytree(PROJECT_ROOT, source, ignore=left_out, dirs_exist_ok=True)
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(out), str(source)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return next(out.glob("*.whl"))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with the wheel and, by a line in a file, the libraries of this one; its programs' folder."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, symlinks=True, with_pip=False)
    command = [sys.executable, "-m", "pip", "--quiet", "--python", str(folder / "bin" / "python")]
    subprocess.run([*command, "install", "--no-index", "--no-deps", str(wheel)], check=True, capture_output=True)
    libraries = next(Path(path) for path in sys.path if path.endswith("site-packages"))
    site = next((folder / "lib").glob("python*/site-packages"))
    (site / "zz_libraries.pth").write_text(f"{libraries}\n")
    return folder / "bin"


def test_every_file_that_ships_is_in_the_wheel(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    folders = ("actions", "bot", "connectors", "console", "data", "domain", "engine", "motcua", "requirements", "simulators")
    wanted = {
        path.relative_to(PROJECT_ROOT).as_posix()
        for folder in folders
        for path in (PROJECT_ROOT / folder).rglob("*")
        if path.is_file() and path.suffix in READ_AT_RUN_TIME and "__pycache__" not in path.parts
    }
    wanted |= {"config.yml", "credentials.yml", "endpoints.yml", "scripts/build_embedding_model.py", "docs/portal-api.yaml"}
    assert len(wanted) > 1000
    assert {name for name in wanted if f"{TREE}/{name}" not in names} == set()
    assert not {name for name in names if "__pycache__" in name or name.endswith("secrets.env")}
    assert {name for name in names if "/" not in name} == {f"{TREE}.pth"}


def test_the_version_stands_in_one_place(wheel: Path) -> None:
    assert wheel.name == f"motcua-{__version__}-py3-none-any.whl"


@pytest.mark.timeout(600)
def test_it_works_from_an_empty_folder(installed: Path, tmp_path: Path) -> None:
    def motcua(*arguments: str) -> "subprocess.CompletedProcess[str]":
        command = [str(installed / "motcua"), *arguments]
        environment = {"PATH": os.environ["PATH"], "COLUMNS": "200"}
        return subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)

    told = motcua("version").stdout
    assert __version__ in told
    assert f"site-packages/{TREE}" in told
    assert str(tmp_path / "var") in told
    checked = motcua("catalogue", "check")
    assert checked.returncode == 0, checked.stdout + checked.stderr
