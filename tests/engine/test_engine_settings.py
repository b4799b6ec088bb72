from pathlib import Path

import pytest

from engine.environment import MisconfiguredError, number_setting, port_setting, setting
from engine.launch import actions_webhook


def test_a_value_wins_over_its_file_and_its_default(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("from the file\n", encoding="utf-8")
    assert setting("A", "default", {}) == "default"
    assert setting("A", "default", {"A": "  "}) == "default"
    assert setting("A", "default", {"A_FILE": str(file)}) == "from the file"
    assert setting("A", "default", {"A": "value", "A_FILE": str(file)}) == "value"


def test_an_unreadable_file_is_named_and_never_an_empty_secret(tmp_path: Path) -> None:
    with pytest.raises(MisconfiguredError, match="A_FILE names a file"):
        setting("A", "default", {"A_FILE": str(tmp_path / "gone")})


@pytest.mark.parametrize("text", ["", "0", "-1", "nan", "inf", "ten", "1e12"])
def test_a_number_must_be_positive_and_finite(text: str) -> None:
    if text:
        with pytest.raises(MisconfiguredError, match="N must be a positive number"):
            number_setting("N", 9.0, {"N": text})
    else:
        assert number_setting("N", 9.0, {"N": text}) == 9.0


@pytest.mark.parametrize("text", ["0", "65536", "-5", "5e3", "５００５", "a"])
def test_a_port_must_be_a_port(text: str) -> None:
    with pytest.raises(MisconfiguredError, match="P must be a port"):
        port_setting("P", 5005, {"P": text})
    assert port_setting("P", 5005, {"P": "65535"}) == 65535


@pytest.mark.parametrize("spelled", ["http://actions:5055", "http://actions:5055/", "http://actions:5055/webhook", ""])
def test_the_action_server_is_named_with_or_without_its_webhook(spelled: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ACTIONS_URL", spelled)
    monkeypatch.setenv("ACTIONS_PORT", "5056")
    assert actions_webhook() == ("http://actions:5055/webhook" if spelled else "http://127.0.0.1:5056/webhook")
