"""The images: what is in them, what runs in them, and the two small programs that they bring."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from bot import __version__
from bot.settings import PROJECT_ROOT
from deploy.check.container_file import FILE, IMAGES, read_stages
from deploy.containers.seed_models import seed

STAGES = read_stages()
FOLDER = FILE.parent


@pytest.mark.parametrize("image", IMAGES)
def test_images_run_as_a_numbered_user_who_is_not_root(image: str) -> None:
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", STAGES[image].user)


@pytest.mark.parametrize("image", IMAGES)
def test_no_image_stands_on_a_stage_with_a_compiler(image: str) -> None:
    stage = STAGES[image]
    while stage.base in STAGES:
        stage = STAGES[stage.base]
    assert stage.base == "${BASE}"
    assert "slim" in re.search(r"^ARG BASE=(\S+)", FILE.read_text(), re.MULTILINE).group(1)  # type: ignore[union-attr]


def test_every_package_comes_with_its_hash() -> None:
    installs = [rest for stage in STAGES.values() for word, rest in stage.instructions if word == "RUN" and " install" in rest]
    of_locks = [rest for rest in installs if ".lock" in rest]
    assert len(of_locks) == 2
    assert all("--require-hashes" in rest and "--no-deps" in rest for rest in of_locks)


def test_the_engine_image_holds_nothing_of_the_application() -> None:
    copied = " ".join(rest for word, rest in STAGES["engine"].instructions if word == "COPY")
    assert not re.search(r"/opt/motcua/(actions|connectors|console|motcua|simulators)/", copied)
    assert "/opt/motcua/.venv " not in copied


def test_the_application_image_holds_no_rasa() -> None:
    copied = " ".join(rest for word, rest in STAGES["app"].instructions if word == "COPY")
    assert ".venv-engine" not in copied


def test_everything_that_is_copied_from_the_project_is_there_and_not_ignored() -> None:
    allowed = {
        line[1:].rstrip("/") for line in (FOLDER / "Containerfile.dockerignore").read_text().splitlines() if line[:1] == "!"
    }
    for stage in STAGES.values():
        for word, rest in stage.instructions:
            if word != "COPY" or rest.startswith("--from"):
                continue
            for source in rest.split()[:-1]:
                assert (PROJECT_ROOT / source).exists(), source
                assert source.rstrip("/") in allowed or source.startswith("deploy/containers/"), source


def test_the_version_of_the_images_is_that_of_the_project() -> None:
    assert f'org.opencontainers.image.version="{__version__}"' in FILE.read_text(encoding="utf-8")


def test_models_that_are_missing_are_copied_and_those_that_are_there_stay(tmp_path: Path) -> None:
    shipped, models = tmp_path / "shipped", tmp_path / "volume"
    (shipped / "e5-vi").mkdir(parents=True)
    (shipped / "a.tar.gz").write_bytes(b"new")
    (shipped / "e5-vi" / "config.json").write_text("{}")
    (shipped / ".half").write_text("")
    models.mkdir()
    assert seed(shipped, models) == ["a.tar.gz", "e5-vi/config.json"]
    assert (models / "a.tar.gz").stat().st_mtime == (shipped / "a.tar.gz").stat().st_mtime
    (models / "a.tar.gz").write_bytes(b"kept")
    assert seed(shipped, models) == []
    assert (models / "a.tar.gz").read_bytes() == b"kept"
    assert sorted(path.name for path in models.iterdir()) == ["a.tar.gz", "e5-vi"]


def test_the_probe_says_no_where_nobody_answers() -> None:
    done = subprocess.run(
        [sys.executable, str(FOLDER / "probe.py"), "http://127.0.0.1:9/readyz"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "127.0.0.1:9" in done.stderr
