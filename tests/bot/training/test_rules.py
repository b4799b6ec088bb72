"""The file of rules is read whole or refused by name."""

from pathlib import Path

import pytest

from bot.training.rules import SHIPPED, RulesFileError, load_rules


def test_the_shipped_rules_are_strict_about_what_is_protected() -> None:
    rules = load_rules()
    assert rules.gate.protected_may_break == 0
    assert rules.gate.regression_may_fall == 0
    assert rules.canary.steps[-1] == 100


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("steps: [5, 20, 50, 100]", "steps: [5, 20, 50]"),
        ("steps: [5, 20, 50, 100]", "steps: [20, 5, 100]"),
        ("regression_may_fall: 0", "regression_may_fall: -1"),
        ("level: 0.01", "level: 2"),
        ("protected_may_break: 0", "protected_may_brake: 0"),
        ("gate:", "gate: ["),
    ],
    ids=["no end", "not rising", "negative", "no level", "unknown name", "no yaml"],
)
def test_a_file_with_a_fault_is_refused_by_name(tmp_path: Path, old: str, new: str) -> None:
    text = SHIPPED.read_text(encoding="utf-8")
    assert old in text
    (tmp_path / "rules.yml").write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(RulesFileError, match=r"rules\.yml"):
        load_rules(tmp_path / "rules.yml")
    with pytest.raises(RulesFileError, match="gone"):
        load_rules(tmp_path / "gone.yml")
