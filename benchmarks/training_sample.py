"""The same examples for both sides: a seeded sample of the training data, laid out as a Rasa project."""

import hashlib
import random
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from motcua.evaluation.splits import typed_examples

SEED = 42
Examples = Mapping[str, Sequence[str]]


def all_examples(folder: Path) -> dict[str, list[str]]:
    """Intent → its examples, in the files' order. Examples that declare button acts (``/intent``) are left out: ours learns
    nothing from them, and stock Rasa should not learn to type them."""
    found: dict[str, list[str]] = {}
    for _, intent, text in typed_examples(folder):
        if intent is not None:
            found.setdefault(intent, []).append(text)
    return found


def sampled(examples: Examples, per_intent: int, seed: int = SEED) -> dict[str, list[str]]:
    """At most so many examples of each intent, the same ones for the same seed; all of them where ``per_intent`` is 0."""
    chosen = {}
    for intent, lines in sorted(examples.items()):
        draw = random.Random(f"{seed} {intent}")
        chosen[intent] = list(lines) if per_intent <= 0 or per_intent >= len(lines) else draw.sample(list(lines), per_intent)
    return chosen


def digest(examples: Examples) -> str:
    """A short hash of a sample."""
    text = "\n".join(f"{intent}\t{line}" for intent in sorted(examples) for line in examples[intent])
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def write_project(root: Path, folder: Path, examples: Examples, stock_config: Path, epochs: int) -> None:
    """A Rasa project with these examples: the domain, rules and stories of ``root``, its ``config.yml`` for ours and
    ``stock.yml`` for stock Rasa. Models and results in the folder stay."""
    for name in ("data", "domain"):
        shutil.rmtree(folder / name, ignore_errors=True)
    (folder / "data" / "nlu").mkdir(parents=True)
    shutil.copytree(root / "domain", folder / "domain")
    for name in ("rules", "stories"):
        if (root / "data" / name).is_dir():
            shutil.copytree(root / "data" / name, folder / "data" / name)
    # Components of ours read names of places and procedures; linked, not copied: nothing writes there.
    (folder / "data" / "catalogue").symlink_to(root / "data" / "catalogue", target_is_directory=True)
    for name in ("config.yml", "endpoints.yml", "credentials.yml"):
        shutil.copy(root / name, folder / name)
    blocks = [
        {"intent": intent, "examples": "".join(f"- {line}\n" for line in lines)} for intent, lines in sorted(examples.items())
    ]
    nlu = yaml.safe_dump({"version": "3.1", "nlu": blocks}, allow_unicode=True, width=10_000)
    (folder / "data" / "nlu" / "examples.yml").write_text(nlu, encoding="utf-8")
    stock: dict[str, Any] = yaml.safe_load(stock_config.read_text(encoding="utf-8"))
    for component in stock["pipeline"]:
        if "epochs" in component:
            component["epochs"] = epochs
    (folder / "stock.yml").write_text(yaml.safe_dump(stock, sort_keys=False), encoding="utf-8")
    # Stock Rasa keeps conversations in memory and has its own channel.
    (folder / "stock-endpoints.yml").write_text("", encoding="utf-8")
    (folder / "stock-credentials.yml").write_text("rest:\n", encoding="utf-8")
