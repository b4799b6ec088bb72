"""The tests that the threat model names are there."""

import re

from bot.settings import PROJECT_ROOT

PAGE = (PROJECT_ROOT / "docs" / "security" / "threat-model.md").read_text(encoding="utf-8")


def test_every_threat_names_a_test_that_is_there() -> None:
    rows = [line for line in PAGE.splitlines() if re.match(r"\| (?:B\d|all)", line)]
    assert len(rows) > 20
    for row in rows:
        named = re.findall(r"`(tests/[^`]+)`", row)
        assert named, row
        for one in named:
            path, _, name = one.partition("::")
            place = PROJECT_ROOT / path
            assert place.exists(), one
            assert not name or f"def {name}(" in place.read_text(encoding="utf-8"), one
