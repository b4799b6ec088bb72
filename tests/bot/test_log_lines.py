"""A line has the fields that operators search by, in both formats, and nothing private: not even of a library's error."""

import json
import logging
import subprocess
import sys
from typing import Any

import pytest

from bot.logs import JsonLines, TextLines, chosen_format
from bot.settings import PROJECT_ROOT
from engine.one_log import OneLineEach, without_numbers

PHONE, ID, TOKEN = "0912345678", "024099001234", "EAABsbCS1iHgBAxxxxxxxxxx"

LIBRARIES = f"""
import asyncio, logging, threading, warnings, sys
from bot.logs import configure_logging
configure_logging("DEBUG", "worker", sys.argv[1])
import httpx, requests, sqlalchemy
log = logging.getLogger("connectors.test")
def noted(do):
    try:
        do()
    except Exception:
        log.exception("library.failed")
noted(lambda: httpx.get("http://127.0.0.1:9/me?access_token={TOKEN}&phone={PHONE}").raise_for_status())
noted(lambda: requests.get("http://127.0.0.1:9/?cccd={ID}&access_token={TOKEN}"))
engine = sqlalchemy.create_engine("sqlite://")
asked = sqlalchemy.text("SELECT * FROM nowhere WHERE phone = :p AND id = '{ID}'")
noted(lambda: engine.connect().execute(asked, {{"p": "{PHONE}"}}))
noted(lambda: int("{PHONE} của tôi"))
logging.getLogger("uvicorn.error").error("GET /?sdt={PHONE}")
warnings.warn("số {ID}")
thread = threading.Thread(target=lambda: int("số {ID}"), name="rounds"); thread.start(); thread.join()
async def later(): raise ValueError("{PHONE}")
async def main():
    task = asyncio.ensure_future(later()); await asyncio.sleep(0); await asyncio.sleep(0); del task
asyncio.run(main())
log.info("turn.concluded", extra={{"conversation_id": "460b8123c3c325ffb05be3e5edc436d6", "outcome": "answered", "event": "x"}})
raise RuntimeError("cuối cùng {PHONE}")
"""


@pytest.mark.parametrize("form", ["json", "text"])
def test_errors_of_libraries_crashes_and_warnings_say_nothing_private(form: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", LIBRARIES, form], cwd=PROJECT_ROOT, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 1
    assert not done.stdout
    assert not [word for word in (PHONE, "912345678", ID, TOKEN) if word in done.stderr]
    named = ("library.failed", "ConnectError", "OperationalError", "thread.crashed", "process.crashed", "RuntimeError", "worker")
    for told in named:
        assert told in done.stderr
    if form == "json":
        lines = [json.loads(line) for line in done.stderr.splitlines()]
        assert all({"ts", "level", "event", "process"} <= set(line) for line in lines)
        (turn,) = [line for line in lines if line["event"] == "turn.concluded"]
        assert (turn["process"], turn["outcome"], turn["level"]) == ("worker", "answered", "INFO")
        assert turn["conversation_id"] == "460b8123c3c325ffb05be3e5edc436d6"
        assert "logger" not in turn


def record(message: str, **extra: Any) -> logging.LogRecord:
    made = logging.makeLogRecord({"name": "uvicorn.error", "msg": message, "levelname": "INFO", "levelno": 20, "created": 0.5})
    vars(made).update(extra)
    return made


def test_a_line_for_people_is_one_line_with_the_same_fields() -> None:
    line = TextLines("gateway").format(record("a\nb", status=200, route="/x", ids=[1, 2]))
    assert line == "00:00:00.500 INFO    gateway a⏎b logger=uvicorn.error status=200 route=/x ids=[1, 2]"
    assert json.loads(JsonLines("gateway").format(record("a\nb", status=200))) == {
        "ts": "1970-01-01T00:00:00.500+00:00", "level": "INFO", "event": "a\nb", "process": "gateway", "logger": "uvicorn.error",
        "status": 200,
    }  # fmt: skip


@pytest.mark.parametrize(("wanted", "terminal", "chosen"), [
    ("auto", True, "text"), ("auto", False, "json"), ("json", True, "json"), ("text", False, "text"),
])  # fmt: skip
def test_a_terminal_gets_text_and_everything_else_json(wanted: Any, terminal: bool, chosen: str) -> None:
    class Stream:
        def isatty(self) -> bool:
            return terminal

    assert chosen_format(wanted, Stream()) == chosen  # type: ignore[arg-type]


@pytest.mark.parametrize("as_json", [True, False])
def test_the_engines_lines_look_alike_and_lose_numbers(as_json: bool) -> None:
    entry = json.dumps({"event": "processor.slots", "level": "info", "count": 2, "who": f"số {PHONE}", "sender": f"{'a' * 32}.1"})
    line = OneLineEach("engine-a", as_json=as_json).format(record(entry))
    assert PHONE not in line
    assert f"{'a' * 32}.1" in line
    if as_json:
        read = json.loads(line)
        assert (read["event"], read["process"], read["count"], read["level"]) == ("processor.slots", "engine-a", 2, "INFO")
    assert PHONE not in OneLineEach("engine", as_json=as_json).format(record(f"KeyError {PHONE}\n{ID}"))
    assert without_numbers("460b8123c3c325ffb05be3e5edc436d6.2 took 12 ms") == "460b8123c3c325ffb05be3e5edc436d6.2 took 12 ms"
