"""The fixed regression set measures models only as long as nobody learns from it and nothing of it was chosen by a test set."""

from collections import Counter
from functools import cache
from pathlib import Path

import pytest
import yaml

from bot.settings import PROJECT_ROOT
from bot.training.cases import CasesFileError, FixedCase, read_cases
from bot.training.texts import text_key
from motcua.evaluation.dialogue_files import read_dialogues
from motcua.evaluation.labelled_files import read_table
from motcua.evaluation.near_duplicates import Placed, near_pairs
from motcua.evaluation.splits import typed_examples

DATA = PROJECT_ROOT / "data"
FOLDER = DATA / "regression"


@cache
def cases() -> list[FixedCase]:
    return read_cases(FOLDER)


@cache
def examples() -> list[tuple[str, str | None, str]]:
    return list(typed_examples(DATA / "nlu"))


def test_every_intent_that_people_can_mean_is_asked_in_several_ways() -> None:
    plain = [case for case in cases() if not case.protected]
    wanted = {intent for _, intent, _ in examples() if intent}
    counts = Counter(case.intent for case in plain)
    assert len(plain) >= 300
    assert {case.intent for case in cases()} <= wanted
    assert min(counts[intent] for intent in wanted) >= 7
    assert {case.writing for case in plain} >= {"marks", "no_marks", "teencode", "typo", "dialect", "old_place"}


def test_what_must_never_break_is_protected() -> None:
    protected = Counter(case.intent for case in cases() if case.protected)
    assert protected.total() >= 40
    for intent in ("talk_to_officer", "check_status", "ask_fee", "unsubscribe", "complaint", "withdraw_dossier"):
        assert protected[intent] >= 3, intent


def test_no_case_is_trained_on() -> None:
    taught = {text_key(text) for _, _, text in examples()}
    assert [case.text for case in cases() if text_key(case.text) in taught] == []


def test_no_case_is_near_a_message_of_the_sets_that_measure_the_product() -> None:
    texts = [Placed("regression", "data/regression", case.text) for case in cases()]
    for path in sorted((DATA / "eval").glob("intents_*.tsv")):
        texts += [Placed("eval", path.name, row.text) for row in read_table(path)]
    assert [f"{pair.first.text} | {pair.second.text}" for pair in near_pairs(texts, lambda _a, _b: False)] == []


def test_the_conversations_can_be_held_and_stand_nowhere_else() -> None:
    dialogues = read_dialogues(FOLDER / "conversations.yml")
    assert len(dialogues) >= 10
    said = {text_key(turn.citizen) for dialogue in dialogues for turn in dialogue.turns if turn.citizen}
    others = yaml.safe_load((PROJECT_ROOT / "tests" / "end_to_end" / "conversations.yml").read_text(encoding="utf-8"))
    elsewhere = {text_key(str(turn[0])) for dialogue in others for turn in dialogue["turns"]}
    for path in sorted((DATA / "eval").glob("dialogues*.yml")):
        elsewhere |= {text_key(turn.citizen) for one in read_dialogues(path) for turn in one.turns if turn.citizen}
    assert said & elsewhere == set()


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("phí bao nhiêu\task_fee", "2: cần ba cột"),
        ("\task_fee\tmarks", "2: cần ba cột"),
        ("chào nhé\tgreet\tmarks\nCHÀO  nhé!\tgreet\tmarks", "3: trùng với dòng 2"),
    ],
    ids=["column", "empty", "twice"],
)
def test_a_broken_file_names_its_line(tmp_path: Path, line: str, told: str) -> None:
    (tmp_path / "cases.tsv").write_text(f"text\tintent\twriting\n{line}\n", encoding="utf-8")
    with pytest.raises(CasesFileError, match=told):
        read_cases(tmp_path)
