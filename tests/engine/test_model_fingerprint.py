from datetime import UTC, datetime
from pathlib import Path

import pytest

from engine.environment import MisconfiguredError
from engine.project import (
    Project,
    describe_model,
    fingerprint,
    model_fingerprint,
    model_with,
    models,
    refuse_tensorflow_components,
)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    for folder in ("domain", "data/nlu", "data/rules", "data/catalogue", "engine/nlu", "bot/language/tables", "models"):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "a.yml").write_text(folder, encoding="utf-8")
    (tmp_path / "config.yml").write_text("language: vi\npipeline: []\n", encoding="utf-8")
    return Project(tmp_path, tmp_path / "models")


@pytest.mark.parametrize(
    "part",
    ["config.yml", "domain/a.yml", "data/nlu/a.yml", "data/rules/new.yml", "engine/nlu/a.yml", "bot/language/tables/a.yml"],
)
def test_a_change_of_anything_a_model_is_made_from_changes_the_fingerprint(project: Project, part: str) -> None:
    before = fingerprint(project, project.root)
    (project.root / part).write_text("language: vi # changed", encoding="utf-8")
    assert fingerprint(project, project.root) != before


def test_a_moved_file_changes_the_fingerprint(project: Project) -> None:
    before = fingerprint(project, project.root)
    (project.root / "data/nlu/a.yml").rename(project.root / "data/nlu/b.yml")
    assert fingerprint(project, project.root) != before


@pytest.mark.parametrize("part", ["data/catalogue/a.yml", "models/a.yml", "engine/nlu/__pycache__/a.pyc", "README.md"])
def test_a_change_elsewhere_does_not(project: Project, part: str) -> None:
    before = fingerprint(project, project.root)
    (project.root / part).parent.mkdir(exist_ok=True)
    (project.root / part).write_text("changed", encoding="utf-8")
    assert fingerprint(project, project.root) == before


def test_the_newest_model_of_a_fingerprint_is_found(project: Project) -> None:
    for number, trained_from in enumerate(["one", "two", "one"]):
        model = project.models_dir / f"m{number}.tar.gz"
        model.write_bytes(b"")
        described = describe_model(f"m{number}", trained_from, datetime(2026, 1, 1, tzinfo=UTC))
        (project.models_dir / f"m{number}.json").write_text(described, encoding="utf-8")
    assert model_with("two", project.models_dir) == project.models_dir / "m1.tar.gz"
    assert model_with("three", project.models_dir) is None
    assert model_fingerprint(project.models_dir / "m2.tar.gz") == "one"


@pytest.mark.parametrize("beside", [None, "", "[]", "{", '{"fingerprint": 5}'])
def test_a_model_without_a_readable_description_has_no_fingerprint(project: Project, beside: str | None) -> None:
    model = project.models_dir / "m.tar.gz"
    model.write_bytes(b"")
    if beside is not None:
        (project.models_dir / "m.json").write_text(beside, encoding="utf-8")
    assert model_fingerprint(model) is None
    assert models(project.models_dir) == [model]


def test_tensorflow_components_are_named(project: Project) -> None:
    config = "pipeline: [{name: DIETClassifier}]\npolicies: [{name: RulePolicy}, {name: TEDPolicy}]"
    refuse_tensorflow_components(project)
    (project.root / "config.yml").write_text(config, encoding="utf-8")
    with pytest.raises(MisconfiguredError, match="DIETClassifier, TEDPolicy"):
        refuse_tensorflow_components(project)
