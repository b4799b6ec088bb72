"""Stock Rasa's side: our domain, rules, stories and a sample of our examples under the default configuration of `rasa init`."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from benchmarks import compared_engines, training_sample
from benchmarks.child_processes import run
from benchmarks.compared_engines import ROOT, STOCK, quiet_environment


@dataclass(frozen=True)
class Lesson:
    """How much stock Rasa learns. ``per_intent``: examples of an intent; fewer than ours has, and a smaller vocabulary makes it
    faster, never slower. ``epochs`` of each network: they change what a network has learnt, not what a prediction costs."""

    per_intent: int = 40
    epochs: int = 20


QUICK_LESSON = Lesson(per_intent=10, epochs=1)


def with_epochs(config: dict[str, Any], epochs: int) -> dict[str, Any]:
    """The configuration with so many epochs wherever it names any."""
    parts = {
        part: [{**one, "epochs": epochs} if "epochs" in one else one for one in config[part]] for part in ("pipeline", "policies")
    }
    return {**config, **parts}


def trained_stock(bench: Path, data: Path, lesson: Lesson, say: Callable[[str], None]) -> tuple[Path, Path]:
    """The project's folder and its model, trained once for each sample and number of epochs. Raises ``ChildFailedError``."""
    environment = bench / "stock-env"
    compared_engines.build_stock_environment(environment, say)
    examples = training_sample.sampled(training_sample.all_examples(data / "nlu"), lesson.per_intent)
    project = bench / "engine" / f"stock-{lesson.per_intent}-{lesson.epochs}-{training_sample.digest(examples)}"
    model = project / "stock-models" / "stock.tar.gz"
    if model.is_file():
        return project, model
    training_sample.write_project(ROOT, project, examples, STOCK / "default.yml", lesson.epochs)
    config = with_epochs(yaml.safe_load((STOCK / "default.yml").read_text(encoding="utf-8")), lesson.epochs)
    (project / "stock.yml").write_text(yaml.safe_dump(config, sort_keys=False), encoding="utf-8")
    engine = compared_engines.stock_engine(environment, project)
    say(f"    huấn luyện Rasa gốc ({lesson.epochs} vòng mỗi mạng)")
    run(engine.train, project, quiet_environment({}), project / "train-stock.log", say)
    return project, model
