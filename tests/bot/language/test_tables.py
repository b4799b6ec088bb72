"""The tables hold together, and a broken one is named."""

from typing import Any

import pytest

from bot.language import table_check
from bot.language.north import north_fold
from bot.language.shorthand import expand
from bot.language.shorthand_rules import form_keys, shorthand_tables
from bot.language.table_check import table_problems
from bot.language.tables import load_table, table_names


def test_the_tables_that_ship_hold_together() -> None:
    assert table_problems() == []


def with_table(monkeypatch: pytest.MonkeyPatch, name: str, **parts: Any) -> str:
    changed = {**load_table(name), **parts}
    monkeypatch.setattr(table_check, "load_table", lambda wanted: changed if wanted == name else load_table(wanted))
    return "\n".join(table_problems())


@pytest.mark.parametrize(
    ("safe", "said"),
    [
        ({"công an phường": ["cap"]}, "'cap' is safe for 'công an phường'"),
        ({"không": ["kk"], "khác": ["kk"]}, "means both"),
        ({"khôgn": ["kx"]}, "is no Vietnamese syllable"),
        ({"không": ["đk"]}, "both safe and decided by context"),
        ({"không": [" KX"]}, "composed lower case"),
    ],
)
def test_a_broken_form_is_named(monkeypatch: pytest.MonkeyPatch, safe: dict[str, list[str]], said: str) -> None:
    assert said in with_table(monkeypatch, "shorthand", safe=safe)


def test_a_neighbour_with_marks_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    group = {"forms": ["zq"], "readings": [{"to": "gì", "next": ["giấy"], "before": []}]}
    said = with_table(monkeypatch, "shorthand", context=[*load_table("shorthand")["context"], group])
    assert "'giấy' in next of ['zq'] must be folded" in said
    assert "unknown keys ['before']" in said
    assert "'zq' has readings and neither a question" in said


def test_a_table_of_another_shape_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table_check, "table_names", lambda: [*table_names(), "unknown"])
    monkeypatch.setattr(table_check, "load_table", lambda name: {} if name == "unknown" else load_table(name))
    assert table_problems() == ["unknown.yml: nobody checks this table (bot/language/table_check.py)"]


def test_every_safe_form_is_written_out_where_it_stands_alone() -> None:
    context = shorthand_tables().context
    for meaning, forms in load_table("shorthand")["safe"].items():
        for form in map(str, forms):
            for key in form_keys(form):
                typed = " ".join(key)
                written = expand(typed).lower()
                # A form may be contained in its own meaning ("mẫu ct01"), and a meaning may hold a word with a context.
                assert written != typed or typed == meaning.lower() or typed in context, (typed, meaning)


def test_swapped_l_and_n_become_one() -> None:
    assert north_fold("lộp hồ sơ") == north_fold("nộp hồ sơ")
    assert north_fold("nàm nại") == north_fold("làm lại")
    assert north_fold("nghỉ nhà") == "nghi nha"
