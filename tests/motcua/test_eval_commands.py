"""``motcua eval`` from the outside: exit codes, the last line, the files it leaves."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from bot.catalogue.publishing import content
from bot.settings import PROJECT_ROOT
from motcua import catalogue_source, eval_commands
from motcua.cli import app
from motcua.evaluation.engine_parse import EngineParseError
from motcua.evaluation.intents import EngineModel, Understood
from tests.shipped import read_once

MODEL = EngineModel("m.tar.gz", "f" * 64, "2026-01-01", 1_000_000, frozenset({"ask_fee", "greet", "nlu_fallback"}))


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Reports and secrets of the tests stay in their own folder; the search runs on words alone."""
    monkeypatch.setenv("VAR_DIR", str(tmp_path / "var"))
    monkeypatch.setenv("EMBEDDING_MODEL", "")
    return tmp_path


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["eval", *arguments])


def table(folder: Path, *lines: str) -> str:
    file = folder / "set.tsv"
    file.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return str(file)


def answering(*intents: str) -> object:
    """A stand-in for the engine's process that answers with these intents, in order, again and again."""

    def understand(_command: object, _env: object, texts: list[str], advance: object) -> tuple[EngineModel, list[Understood]]:
        del advance
        return MODEL, [Understood(intents[i % len(intents)], "greet", 0.8, 2.0) for i in range(len(texts))]

    return understand


@pytest.mark.parametrize("kind", ["intents", "search"])
def test_a_broken_table_ends_with_code_2_and_the_line(own_folder: Path, kind: str) -> None:
    done = run(kind, table(own_folder, "phí\task_fee", "một cột"))
    assert done.exit_code == eval_commands.BROKEN_FILE
    assert "set.tsv:2: thiếu cột nhãn" in done.stderr


def test_broken_dialogues_end_with_code_2_and_the_line(own_folder: Path) -> None:
    (own_folder / "d.yml").write_text("- name: a\n  turns: 5\n", encoding="utf-8")
    done = run("dialogues", str(own_folder / "d.yml"))
    assert done.exit_code == eval_commands.BROKEN_FILE
    assert "d.yml:1: hội thoại cần" in done.stderr


def test_intents_end_with_the_figures_as_json(own_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(eval_commands, "understand_all", answering("ask_fee", "greet"))
    kept = own_folder / "out" / "figures.json"
    done = run("intents", table(own_folder, "phí bao nhiêu\tfee\tmarked", "ở đâu\tpizza\ttypo"), "--json", str(kept))
    assert done.exit_code == 0, done.output
    figures = json.loads(done.stdout.splitlines()[-1])
    assert (figures["messages"], figures["accuracy"], figures["wrong_confident_rate"]) == (2, 0.5, 0.5)
    assert figures["without_marks"]["messages"] == 2
    assert "mô hình không có «pizza»: 1 dòng tính là sai" in done.stdout
    assert len(list((own_folder / "var" / "reports").glob("intents-set-*.html"))) == 1
    whole = json.loads(kept.read_text(encoding="utf-8"))
    assert whole["accuracy"] == 0.5
    assert [line["style"] for line in whole["by_style"]] == ["marked", "typo", "tất cả"] * 2


def test_no_fold_measures_the_texts_as_typed_alone(own_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(eval_commands, "understand_all", answering("ask_fee"))
    done = run("intents", table(own_folder, "phí\tfee"), "--no-fold", "--report", str(own_folder / "page.html"))
    assert "without_marks" not in json.loads(done.stdout.splitlines()[-1])
    assert (own_folder / "page.html").read_text(encoding="utf-8").startswith("<!doctype html>")


def test_an_engine_that_fails_is_told_with_code_1(own_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_arguments: object) -> None:
        raise EngineParseError("there is no model")

    monkeypatch.setattr(eval_commands, "understand_all", broken)
    done = run("intents", table(own_folder, "phí\tfee"))
    assert done.exit_code == 1
    assert "there is no model" in done.stderr


def test_search_runs_on_the_live_catalogue(own_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(content, "load_catalogue", read_once)
    # A search among all the names takes long to build; its figures are in tests/bot/catalogue/search.
    names = (PROJECT_ROOT / "data" / catalogue_source.NAMES).read_text(encoding="utf-8").splitlines(keepends=True)
    (own_folder / "names.tsv").write_text("".join(names[:50]), encoding="utf-8")
    monkeypatch.setattr(catalogue_source, "NAMES", str(own_folder / "names.tsv"))
    done = run("search", table(own_folder, "đăng ký khai sinh\t1.001193\tmarked", "mua vé tàu tết\t-\tout"), "--no-fold")
    assert done.exit_code == 0, done.output
    figures = json.loads(done.stdout.splitlines()[-1])
    assert list(figures) == [
        "queries", "recall@1", "recall@3", "recall@5", "mrr", "wrong_confident_rate", "ask_back_rate", "unknown_rate",
        "p50_ms", "p95_ms",
    ]  # fmt: skip
    assert (figures["queries"], figures["recall@5"]) == (2, 1.0)


def test_near_texts_of_two_splits_end_the_check_with_code_1(own_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (own_folder / "eval").mkdir()
    monkeypatch.setenv("DATA_DIR", str(own_folder))
    (own_folder / "eval" / "search_dev.tsv").write_text("làm hộ chiếu ở đâu\t1.1\tmarked\n", encoding="utf-8")
    assert run("split-check").exit_code == 0
    (own_folder / "eval" / "search_test.tsv").write_text("lam ho chieu o dau?\t1.1\tno_marks\n", encoding="utf-8")
    done = run("split-check")
    assert done.exit_code == 1
    assert "search_dev.tsv:1 «làm hộ chiếu ở đâu»" in done.stdout
