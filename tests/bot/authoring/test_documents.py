"""Edits keep comments, order, quotes and blocks; what is not touched stays to the letter."""

import pytest
import yaml

from bot.authoring.documents import DocumentError, change_examples, edit_document, nlu_blocks
from bot.authoring.edits import (
    add_entity,
    add_examples,
    lines_of,
    move_examples,
    set_answer,
    set_synonym,
    set_wordings,
)
from bot.authoring.workspace import Workspace
from bot.settings import PROJECT_ROOT
from tests.bot.authoring.conftest import DOMAIN, FEE, GREET

TEXTS = {"data/nlu/ask_fee.yml": FEE, "data/nlu/greet.yml": GREET, "domain/domain.yml": DOMAIN}
INDENTED = """# Hand-written.
words:
  - id: a   # first
    list: [một,   hai]
    other: 1
  - id: "b"

    text: >-
      Dòng một.
      Dòng hai.
"""


def test_an_edit_touches_its_own_lines_alone_whatever_the_file_s_style(workspace: Workspace) -> None:
    workspace.head()

    def rename(document: dict[str, list[dict[str, str]]]) -> None:
        document["words"][1]["id"] = "c"

    assert edit_document(workspace.git, INDENTED, rename) == INDENTED.replace('"b"', '"c"')


@pytest.mark.parametrize("name", ["domain/responses.yml", "data/catalogue/ambiguous.yml", "data/catalogue/agency_names.yml"])
def test_shipped_files_survive_an_edit_that_changes_nothing(workspace: Workspace, name: str) -> None:
    workspace.head()
    text = (PROJECT_ROOT / name).read_text(encoding="utf-8")
    assert edit_document(workspace.git, text, lambda _: None) == text


def test_examples_know_their_lines() -> None:
    (block,) = nlu_blocks("f", FEE)
    lines = FEE.splitlines()
    assert [lines[one.line - 1].strip() for one in block.examples] == ["- " + one.text for one in block.examples]


def test_a_comment_between_blocks_stays(workspace: Workspace) -> None:
    workspace.head()
    text = FEE + "# What comes next.\n- intent: other\n  examples: |\n    - x\n"
    changed = change_examples(workspace.git, text, "intent", "ask_fee", add=["phí ra sao"])
    assert changed == FEE + "    - phí ra sao\n# What comes next.\n- intent: other\n  examples: |\n    - x\n"


def test_examples_are_added_once_and_moved_whole(workspace: Workspace) -> None:
    workspace.head()
    added = add_examples(workspace.git, TEXTS, "ask_fee", ["LỆ PHÍ bao nhiêu?", "phí ra sao"])
    assert added == {"data/nlu/ask_fee.yml": FEE + "    - phí ra sao\n"}
    with pytest.raises(DocumentError, match="nothing_new"):
        add_examples(workspace.git, TEXTS, "ask_fee", ["le phi bao nhieu"])
    moved = move_examples(workspace.git, TEXTS, "greet", ["chào anh"], "ask_fee")
    assert moved == {
        "data/nlu/greet.yml": GREET.replace("    - chào anh\n", ""),
        "data/nlu/ask_fee.yml": FEE + "    - chào anh\n",
    }


def test_pasted_lists_become_lines() -> None:
    assert lines_of("- một  câu\n\n • hai câu\r\nmột câu\n") == ["một câu", "hai câu"]


def test_answers_entities_and_synonyms_are_written_as_people_write_them(workspace: Workspace) -> None:
    workspace.head()
    answer = set_answer(workspace.git, TEXTS, "utter_greet", 0, "Chào Ông/Bà.", [("Lệ phí", "/ask_fee"), ("Chào", "/greet")])
    expected = DOMAIN.replace("Kính chào", "Chào") + "    - title: Chào\n      payload: /greet\n"
    assert answer == {"domain/domain.yml": expected}
    texts = TEXTS | {"domain/entities.yml": 'version: "3.1"\nentities:\n# Places\n- place\n'}
    assert add_entity(workspace.git, texts, "xe") == {"domain/entities.yml": texts["domain/entities.yml"] + "- xe\n"}
    made = set_synonym(workspace.git, TEXTS, "Căn cước", ["cccd"])
    path, text = next(iter(made.items()))
    assert yaml.safe_load(text or "")["nlu"] == [{"synonym": "Căn cước", "examples": "- cccd\n"}]
    changed = set_synonym(workspace.git, TEXTS | {path: text or ""}, "Căn cước", ["thẻ căn cước"])
    assert changed == {path: (text or "").replace("cccd", "thẻ căn cước")}
    assert set_synonym(workspace.git, TEXTS | {path: text or ""}, "Căn cước", []) == {path: None}


def test_words_for_one_matter_leave_the_others_alone(workspace: Workspace) -> None:
    workspace.head()
    path = "data/catalogue/aliases/a.yml"
    first = "# Words.\nfield: X\nmatters:\n- codes: ['1.000001']\n  name: Một\n  aliases:\n  - a\n  - b\n"
    text = first + "- codes: ['1.000002']\n  name: Hai\n"
    changed = set_wordings(workspace.git, {path: text}, path, "1.000001", {"aliases": ["a", "c"], "questions": ["hỏi gì"]})
    assert changed == {path: text.replace("  - b\n", "  - c\n  questions:\n  - hỏi gì\n")}
