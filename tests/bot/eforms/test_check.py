"""Errors of e-forms are told in plain words, with the line; ``motcua catalogue check`` shows them."""

import shutil
from datetime import date
from pathlib import Path

import pytest

from bot.catalogue.check import check_catalogue
from bot.eforms.check import EFormFileError, check_eforms, load_forms
from tests.bot.eforms.citizen import CATALOGUE
from tests.shipped import shipped_catalogue

PROCEDURES = list(shipped_catalogue().procedures.values())
GOOD = "type: object\nproperties:\n  a: {type: string}\n"


def problems(folder: Path, text: str, name: str = "1.001193.yml") -> list[str]:
    (folder / "eforms").mkdir(exist_ok=True)
    (folder / "eforms" / name).write_text(text, encoding="utf-8")
    return [str(problem) for problem in check_eforms(folder, PROCEDURES)]


def test_a_good_form_has_no_problem(tmp_path: Path) -> None:
    assert problems(tmp_path, GOOD) == []


@pytest.mark.parametrize(
    ("text", "line", "why"),
    [
        ("[1, 2]", 1, "one JSON Schema object"),
        ("type: object\nproperties:\n  a: {type: nonsense}\n", 3, "not a valid JSON Schema"),
        ("type: object\nproperties:\n  a: {type: string, pattern: '('}\n", 3, "not a valid JSON Schema"),
        ("type: object\nproperties: {a: [1]}\n", 2, "not a valid JSON Schema"),
        ("type: [object\n", 2, "not valid YAML"),
        ("type: object\ntype: object\n", 2, "written twice"),
        ("type: object\n", 1, "asks for nothing"),
        ("type: object\nproperties:\n  a: {$ref: '#/$defs/x'}\n", 1, "leads nowhere"),
        ("type: object\nrequired: [b]\nproperties:\n  a: {type: string}\n", 2, "requires 'b', which is not described"),
        ("type: object\nproperties:\n  a: {type: string, x-question: 5}\n", 3, "x-question must be a text"),
        ("type: object\nproperties:\n  a: {type: string, x-question: {en: What}}\n", 3, "x-question must be a text"),
        ("type: object\nproperties:\n  a: {type: string, x-order: first}\n", 3, "x-order must be a number"),
        ("type: object\nproperties:\n  a: {type: string, x-sensitive: 'yes'}\n", 3, "x-sensitive must be true or false"),
        ("type: object\nproperties:\n  a: {type: string, x-qestion: Tên?}\n", 3, "no annotation that is read"),
        ("type: object\nproperties:\n  a.b: {type: string}\n", 3, "must begin with a letter"),
        ("type: object\nproperties:\n  a: {enum: []}\n", 3, ""),
        ("type: object\nproperties:\n  a: {type: string, x-case: [x]}\n", 3, "no property of the form has 'x-case: true'"),
        (
            "type: object\nproperties:\n  k: {enum: [co-giay-chung-sinh], x-case: true}\n  a: {type: string, x-case: [x]}\n",
            4,
            "does not offer",
        ),
        ("type: object\nproperties:\n  k: {enum: [nope], x-case: true}\n", 3, "no case nope"),
        ("type: object\nproperties:\n  a: {type: array, prefixItems: [{type: string}]}\n", 3, "differ cannot be asked"),
        ("type: object\npatternProperties: {'^x': {type: string}}\nproperties: {a: {type: string}}\n", 2, "cannot be asked for"),
        ("type: object\nproperties: {a: {type: string}}\nx-papers:\n  - {id: a}\n", 4, "needs a title"),
        ("type: object\nproperties: {a: {type: string}}\nx-papers:\n  - {title: A, accepts: [docx]}\n", 4, "accepts 'docx'"),
        ("type: object\nproperties: {a: {type: string}}\nx-papers:\n  nope: [A]\n", 4, "no case nope"),
        (
            "type: object\nproperties: {a: {type: string}}\nx-papers:\n  - {id: x, title: A}\n  - {id: x, title: B}\n",
            5,
            "share the id",
        ),
        ("type: object\nx-procedure: '1.000894'\nproperties: {a: {type: string}}\n", 2, "but the file is named"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(tmp_path: Path, text: str, line: int, why: str) -> None:
    found = problems(tmp_path, text)
    assert any(problem.startswith(f"eforms/1.001193.yml:{line}: ") and why in problem for problem in found), found


def test_files_that_would_be_overlooked(tmp_path: Path) -> None:
    assert "overlooked" in problems(tmp_path, GOOD, "1.001193.yaml")[0]
    (tmp_path / "eforms" / "1.001193.yaml").unlink()
    assert "named after" in problems(tmp_path, GOOD, "khai-sinh.yml")[0]
    (tmp_path / "eforms" / "khai-sinh.yml").unlink()
    problems(tmp_path, GOOD, "1.001193.yml")
    assert (
        "already is the e-form"
        in problems(tmp_path, '{"type": "object", "properties": {"a": {"type": "string"}}}', "1.001193.json")[0]
    )
    assert any("no procedure 9.999999" in problem for problem in problems(tmp_path, GOOD, "9.999999.yml"))


def test_deep_and_huge_files_end_in_an_error(tmp_path: Path) -> None:
    assert problems(tmp_path, "[" * 5000) != []
    deep = '{"type": "object", "properties": {"a": ' * 12 + '{"type": "string"}' + "}}" * 12
    assert any("too deeply" in problem for problem in problems(tmp_path, deep, "1.001193.json"))
    assert any("larger than" in problem for problem in problems(tmp_path, "# " + "x" * 1_100_000))


def test_loading_refuses_a_broken_form_and_a_missing_folder_is_no_form(tmp_path: Path) -> None:
    assert dict(load_forms(tmp_path)) == {}
    problems(tmp_path, "type: object\n")
    with pytest.raises(EFormFileError, match="asks for nothing"):
        load_forms(tmp_path)


def test_the_catalogue_s_check_shows_them(tmp_path: Path) -> None:
    shutil.copytree(CATALOGUE, tmp_path / "catalogue")
    assert [p for p in check_catalogue(tmp_path / "catalogue", date(2026, 11, 23)) if p.file.startswith("eforms/")] == []
    problems(tmp_path / "catalogue", "type: object\n")
    found = [p for p in check_catalogue(tmp_path / "catalogue", date(2026, 11, 23)) if p.severity == "error"]
    assert [(p.file, p.line) for p in found] == [("eforms/1.001193.yml", 1)]
