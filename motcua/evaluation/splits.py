"""The evaluation files that ship, and what their splits must not share."""

from collections.abc import Iterator
from pathlib import Path

import yaml

from motcua.evaluation.labelled_files import read_table
from motcua.evaluation.near_duplicates import NearPair, Placed, near_pairs

SPLITS = ("train", "dev", "dev2", "test")
TRAINING_EXAMPLES = "data/nlu"
_FAMILIES = ("intents", "search")


def shared_texts(data: Path) -> list[NearPair]:
    """Near pairs across the splits of intents and of search, and between the training examples and intents dev or test.

    Raises ``EvaluationFileError`` where a file cannot be read. A file that is not there is passed over."""
    pairs: list[NearPair] = []
    for family in _FAMILIES:
        texts = [placed for split in SPLITS for placed in _split_texts(data / "eval" / f"{family}_{split}.tsv", split)]
        if family == "intents":
            texts += [Placed(TRAINING_EXAMPLES, file, text) for file, _, text in typed_examples(data / "nlu")]
        pairs += near_pairs(texts, _may_share)
    return pairs


def files_of(data: Path) -> list[Path]:
    """The files of the splits that exist."""
    paths = (data / "eval" / f"{family}_{split}.tsv" for family in _FAMILIES for split in SPLITS)
    return [path for path in paths if path.is_file()]


def _may_share(first: str, second: str) -> bool:
    # What stands in the train split may have become a training example.
    return {first, second} == {"train", TRAINING_EXAMPLES}


def _split_texts(path: Path, split: str) -> list[Placed]:
    if not path.is_file():
        return []
    rows = read_table(path, label_may_be_empty=True)
    return [Placed(split, f"{path.name}:{row.line}", row.text) for row in rows]


def typed_examples(folder: Path) -> Iterator[tuple[str, str | None, str]]:
    """File name, intent and text of every training example that people may type, in the files' order; button acts
    (``/intent``) are left out. Blocks of other things (synonyms, lookups) have no intent."""
    for path in sorted(folder.glob("*.yml")):
        content = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader) or {}
        for block in content.get("nlu", ()):
            for line in str(block.get("examples", "")).splitlines():
                text = line.removeprefix("- ").strip()
                if text and not text.startswith("/"):
                    yield path.name, block.get("intent"), text


def shown(pair: NearPair) -> str:
    """A pair in two lines, for the person who has to change one of them."""
    ends = (f"{pair.first.place} «{pair.first.text}»", f"{pair.second.place} «{pair.second.text}»")
    return f"{pair.likeness:.2f}  {ends[0]}\n      {ends[1]}"
