"""The launcher refuses what stock Rasa would serve, and trains only when something changed."""

import json
import shutil
import socket
from pathlib import Path

import pytest

from tests.engine_process import PYTHON, ROOT, SECRET, RunningEngine, free_port, launch

pytestmark = pytest.mark.engine


def refused(project: Path, *arguments: str, **env: str) -> str:
    """Runs the launcher, which must end with code 1 and one clear line; returns the line."""
    done = launch("--project", str(project), *arguments, env={"ENGINE_SECRET": SECRET, "ENGINE_PORT": str(free_port()), **env})
    assert done.returncode == 1, done.stdout + done.stderr
    return done.stderr.strip().splitlines()[-1]


def test_no_model_ends_the_start(tiny_project: Path, tmp_path: Path) -> None:
    assert "there is no model in" in refused(tiny_project, "run", MODELS_DIR=str(tmp_path))


def test_a_missing_model_file_ends_the_start(tiny_project: Path, tmp_path: Path) -> None:
    assert "there is no model file" in refused(tiny_project, "run", "--model", str(tmp_path / "gone.tar.gz"))


@pytest.mark.parametrize("content", [b"", b"not an archive", b"\x1f\x8b\x08\x00broken"])
def test_a_broken_model_ends_the_start(tiny_project: Path, tmp_path: Path, content: bytes) -> None:
    broken = tmp_path / "broken.tar.gz"
    broken.write_bytes(content)
    assert "could not be loaded" in refused(tiny_project, "run", "--model", str(broken), TRACKER_URL=f"sqlite:///{tmp_path}/t")


def test_an_empty_secret_ends_the_start(tiny_project: Path, tiny_model: Path) -> None:
    assert "ENGINE_SECRET is empty" in refused(tiny_project, "run", "--model", str(tiny_model), ENGINE_SECRET=" ")


def test_a_secret_may_come_from_a_file(tiny_project: Path, tiny_model: Path, tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text(SECRET + "\n", encoding="utf-8")
    engine = RunningEngine.start(tiny_model, tiny_project, tmp_path, {"ENGINE_SECRET": "", "ENGINE_SECRET_FILE": str(file)})
    try:
        assert engine.turn("c", "xin chào")["failed"] is None
    finally:
        engine.stop()


def test_a_taken_port_ends_the_start_before_the_model_is_loaded(tiny_project: Path, tiny_model: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        line = refused(tiny_project, "run", "--model", str(tiny_model), ENGINE_PORT=port)
    assert f"port {port} on 127.0.0.1 is taken" in line


@pytest.mark.parametrize("port", ["0", "65536", "http", "5005.5"])
def test_a_nonsense_port_is_named(tiny_project: Path, tiny_model: Path, port: str) -> None:
    assert "ENGINE_PORT must be a port" in refused(tiny_project, "run", "--model", str(tiny_model), ENGINE_PORT=port)


def test_a_component_that_needs_tensorflow_is_refused(tiny_project: Path, tmp_path: Path) -> None:
    project = tmp_path / "project"
    shutil.copytree(tiny_project, project, ignore=shutil.ignore_patterns("models"))
    config = (project / "config.yml").read_text(encoding="utf-8")
    (project / "config.yml").write_text(config.replace("- name: MemoizationPolicy", "- name: TEDPolicy"), encoding="utf-8")
    assert "config.yml names TEDPolicy" in refused(project, "train")


def test_a_button_that_cannot_be_shown_is_named(tiny_project: Path, tmp_path: Path) -> None:
    project = tmp_path / "project"
    shutil.copytree(tiny_project, project, ignore=shutil.ignore_patterns("models"))
    domain = project / "domain" / "domain.yml"
    domain.write_text(domain.read_text(encoding="utf-8").replace("https://dich", "http://dich"), encoding="utf-8")
    assert "utter_greet: button 'Cổng dịch vụ công'" in refused(project, "validate")


def test_the_tiny_project_is_valid(tiny_project: Path) -> None:
    done = launch("--project", str(tiny_project), "validate")
    assert done.returncode == 0, done.stdout + done.stderr


def test_training_again_is_only_done_when_something_changed(tiny_project: Path, tiny_model: Path, tmp_path: Path) -> None:
    project = tmp_path / "project"
    shutil.copytree(tiny_project, project)
    described = json.loads((project / "models" / tiny_model.name.replace(".tar.gz", ".json")).read_text(encoding="utf-8"))
    assert described["model"] == tiny_model.name
    again = launch("--project", str(project), "train", "--if-needed")
    assert again.returncode == 0
    assert f"model is up to date: {tiny_model.name}" in again.stdout
    nlu = project / "data" / "nlu" / "nlu.yml"
    nlu.write_text(nlu.read_text(encoding="utf-8").replace("- cảm ơn nhiều", "- cảm ơn rất nhiều"), encoding="utf-8")
    changed = launch("--project", str(project), "train", "--if-needed")
    assert changed.returncode == 0
    assert len(list((project / "models").glob("*.tar.gz"))) == 2
    assert [path.name for path in (project / "models").iterdir() if path.name.startswith(".")] == []


def test_a_failed_training_leaves_no_model(tiny_project: Path, tmp_path: Path) -> None:
    project = tmp_path / "project"
    shutil.copytree(tiny_project, project, ignore=shutil.ignore_patterns("models"))
    rules = project / "data" / "rules" / "rules.yml"
    contradiction = "\n- rule: contradiction\n  steps: [{intent: greet}, {action: utter_fallback}]\n"
    rules.write_text(rules.read_text(encoding="utf-8") + contradiction, encoding="utf-8")
    done = launch("--project", str(project), "train")
    assert done.returncode != 0
    assert list((project / "models").iterdir()) == []


def test_the_nlu_can_be_tested_on_labelled_examples(tiny_project: Path, tiny_model: Path, tmp_path: Path) -> None:
    labelled = tiny_project / "data" / "nlu"
    done = launch(
        "--project", str(tiny_project), "test-nlu", str(labelled), "--model", str(tiny_model), "--out", str(tmp_path / "out")
    )
    assert done.returncode == 0, done.stdout + done.stderr
    report = json.loads((tmp_path / "out" / "intent_report.json").read_text(encoding="utf-8"))
    assert report["greet"]["recall"] == 1.0


def test_version_names_rasa_the_placeholders_and_whether_a_model_fits(
    tiny_project: Path, tiny_model: Path, tmp_path: Path
) -> None:
    for models, fits in ((tmp_path, "no"), (tiny_model.parent, "yes")):
        done = launch("--project", str(tiny_project), "version", env={"MODELS_DIR": str(models)})
        assert done.returncode == 0
        assert f"a model fits data and code: {fits}" in done.stdout
    assert "rasa 3.6.21, Python 3.11" in done.stdout
    assert "placeholders: " in done.stdout


def test_the_python_of_the_engine_has_no_tensorflow() -> None:
    """What the import stub is for: should this ever fail, the stub has become unnecessary."""
    assert PYTHON.is_file()
    assert list((ROOT / ".venv-engine").glob("lib/*/site-packages/tensorflow")) == []


def test_cross_validation_reports_every_writing(tiny_project: Path, tmp_path: Path) -> None:
    done = launch("--project", str(tiny_project), "cross-validate", "--folds", "2", "--json", str(tmp_path / "figures.json"))
    assert done.returncode == 0, done.stderr
    for line in ("as written: ", "without marks: ", "in teencode: ", "threshold 0.40: answered "):
        assert line in done.stdout
    figures = json.loads((tmp_path / "figures.json").read_text(encoding="utf-8"))
    assert figures["folds"] == 2
    assert 0 < figures["macro_f1"] <= 1
