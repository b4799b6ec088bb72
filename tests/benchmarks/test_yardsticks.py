"""The yardsticks of the benchmarks measure what they say."""

import json
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from benchmarks.child_processes import ChildFailedError, run
from benchmarks.plain_bm25 import Bm25, plain_bm25
from benchmarks.understanding import Line, kept, lines_of


@dataclass(frozen=True)
class Named:
    code: str
    name: str
    official_name: str = ""
    aliases: tuple[str, ...] = ()
    questions: tuple[str, ...] = ()


def test_bm25_prefers_rare_words_and_short_documents() -> None:
    index = Bm25([["lam", "ho", "chieu"], ["lam", "the"], ["lam", "ho", "chieu", "cho", "tre", "em", "duoi", "muoi", "tuoi"]])
    assert index.best(["ho", "chieu"], 5) == [0, 2]
    assert index.best(["the"], 5) == [1]
    assert index.best(["xe"], 5) == []


def test_plain_bm25_finds_a_procedure_by_any_of_its_wordings_once() -> None:
    search = plain_bm25(
        [Named("1", "Cấp hộ chiếu", aliases=("làm hộ chiếu",)), Named("2", "Đăng ký kết hôn", questions=("cưới",))]
    )
    assert search("lam HO CHIEU") == ["1"]
    assert search("cưới") == ["2"]
    assert search("?") == []


def test_a_ratio_is_ours_over_the_yardstick_or_nothing() -> None:
    assert Line("x", "y", 1.0, 4.0).ratio == 0.25
    assert Line("x", "y", 1.0, 0.0).ratio is None
    assert Line("x", "y", None, 4.0).ratio is None
    assert [line.figure for line in lines_of("x", ("a", "b", "c"), {"a": 1}, {"b": 2})] == ["a", "b"]


def test_a_finished_stage_is_not_measured_again_unless_asked(tmp_path: Path) -> None:
    file, calls = tmp_path / "stage.json", []

    def measure() -> dict[str, int]:
        calls.append(1)
        return {"n": len(calls)}

    assert [kept(file, False, measure), kept(file, False, measure), kept(file, True, measure)] == [{"n": 1}, {"n": 1}, {"n": 2}]
    assert json.loads(file.read_text(encoding="utf-8")) == {"n": 2}


def test_a_child_that_fails_is_told_with_its_last_lines(tmp_path: Path) -> None:
    done = run((sys.executable, "-c", "print('fine')"), tmp_path, {}, tmp_path / "log", print)
    assert done.peak_mb > 0
    with pytest.raises(ChildFailedError, match="the reason"):
        run((sys.executable, "-c", "raise SystemExit('the reason')"), tmp_path, {}, tmp_path / "log", print)
