import logging

import pytest

from engine.logs import OutlineExceptions, outline, quiet_level, without_texts


def raised() -> BaseException:
    try:
        try:
            raise ValueError("số của tôi là 0912345678")
        except ValueError as cause:
            raise RuntimeError("bimat") from cause
    except RuntimeError as error:
        return error


def test_an_exception_is_logged_without_its_message() -> None:
    lines = outline(raised())
    assert "builtins.RuntimeError" in lines
    assert "builtins.ValueError" in lines
    assert "test_quiet_logs.py" in lines
    assert "bimat" not in lines
    assert "0912345678" not in lines


def test_an_exception_that_is_its_own_cause_ends() -> None:
    error = ValueError()
    error.__cause__ = error
    assert outline(error) == "builtins.ValueError"


def test_a_record_loses_its_exception_and_keeps_its_line() -> None:
    error = raised()
    record = logging.LogRecord("a", 40, "f", 1, "turn.broken %s", ("t1",), (type(error), error, error.__traceback__))
    assert OutlineExceptions().filter(record)
    formatted = logging.Formatter("%(message)s").format(record)
    assert formatted.startswith("turn.broken t1\nbuiltins.RuntimeError")
    assert "bimat" not in formatted


def test_structured_entries_lose_their_texts() -> None:
    entry = {"event": "x.y", "text": "bimat", "rasa_events": ["bimat"], "level": "error", "exc_info": raised()}
    kept = without_texts(None, "error", entry)
    assert kept["event"] == "x.y"
    assert "builtins.RuntimeError" in kept["raised"]
    assert "bimat" not in str(kept)


@pytest.mark.parametrize(
    ("wanted", "used"), [("DEBUG", "INFO"), ("NOTSET", "INFO"), ("nonsense", "INFO"), ("warning", "WARNING"), ("ERROR", "ERROR")]
)
def test_the_level_is_never_below_info(wanted: str, used: str) -> None:
    environ = {"LOG_LEVEL": wanted}
    assert quiet_level(environ) == used
    assert environ["LOG_LEVEL"] == used
