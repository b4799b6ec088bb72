"""All our own checks of a change together: what is wrong with the project as it would be."""

from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from pathlib import Path

from bot.authoring.catalogue_checks import FOLDER as CATALOGUE
from bot.authoring.catalogue_checks import SENSITIVE, catalogue_faults, sensitive_faults
from bot.authoring.documents import NLU_FOLDER, Block, blocks_in
from bot.authoring.example_checks import example_faults, mark_faults, meeting_faults, test_sentences
from bot.authoring.faults import Fault, errors_in
from bot.authoring.safe_yaml import yaml_faults
from bot.authoring.structure_checks import domain_of, removal_faults, shape_faults


def with_changes(texts: Mapping[str, str], files: Mapping[str, str | None]) -> dict[str, str]:
    """The project after a change: new texts by path, None for files that go."""
    changed = dict(texts) | {path: text for path, text in files.items() if text is not None}
    return {path: text for path, text in changed.items() if files.get(path, "") is not None}


@lru_cache(maxsize=4)
def tests_of(data_dir: Path) -> Mapping[str, str]:
    """The sentences of the sets that measure models, read once; see ``test_sentences``."""
    return test_sentences(data_dir)


def own_faults(before: Mapping[str, str], files: Mapping[str, str | None], data_dir: Path, today: date) -> list[Fault]:
    """Everything that our checks find in a change of ``before`` (all texts by path), the errors of a file before what needs it
    whole. ``data_dir``: where the sets that measure models lie."""
    faults: list[Fault] = []
    readable = set()
    for path, text in sorted(files.items()):
        if text is not None and path.endswith((".yml", ".yaml")):
            faults += (found := yaml_faults(path, text))
            readable |= {path} if not errors_in(found) else set()
        elif text is not None:
            faults.append(Fault(path, 0, "not_yaml_file"))
    if errors_in(faults):
        return faults
    after = with_changes(before, files)
    domain = domain_of(after)
    for path in sorted(readable):
        faults += shape_faults(path, after[path], domain)
    if errors_in(faults):
        return faults
    faults += _example_faults(before, after, files, data_dir)
    if SENSITIVE in readable:
        faults += sensitive_faults(after[SENSITIVE])
    if any(path.startswith(CATALOGUE) for path in files):
        faults += catalogue_faults(after, frozenset(files), today)
    return faults


def _example_faults(
    before: Mapping[str, str], after: Mapping[str, str], files: Mapping[str, str | None], data_dir: Path
) -> list[Fault]:
    touched = {path for path in files if path.startswith(NLU_FOLDER)}
    declared = any(path.startswith("domain/") for path in files)
    if not touched and not declared:
        return []
    domain = domain_of(after)
    blocks: list[Block] = blocks_in(after)
    faults = list(removal_faults(domain_of(before), domain, blocks)) if declared else []
    stood = {(block.name, one.text) for block in blocks_in(before) for one in block.examples}
    for block in blocks:
        for example in block.examples:
            if (block.name, example.text) not in stood:
                faults += example_faults(block, example, domain.entities)
            elif declared and "[" in example.text:
                faults += mark_faults(block, example, domain.entities)
    if touched:
        faults += meeting_faults(blocks, stood, tests_of(data_dir))
    return faults
