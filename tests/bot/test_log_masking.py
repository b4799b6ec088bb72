"""Whatever slips into a log is masked before it is written; what must be read there stays."""

import io
import json
import logging
import subprocess
import sys
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.log_masking import MaskingFilter, masked_text
from bot.settings import PROJECT_ROOT

ID, PHONE, CODE, MAIL = "024099001234", "0912345678", "H05.12.3-260818-0001", "nguyenvana@gmail.com"

SLIPS = [
    f"cccd {ID}",
    "024 099 001 234",
    "không hai bốn không chín chín không không một hai ba bốn",
    f"GET /tra-cuu?cccd={ID}&sdt={PHONE}",
    f"https://portal.example/dossiers/{CODE}",
    "https://portal.example/?q=024%20099%20001%20234",
    "https://portal.example/?phone=%2B84912345678",
    f"ValueError: invalid literal '{ID}'",
    f'{{"text": "số {PHONE}", "mail": "{MAIL}"}}',
    f"KeyError('{CODE}')",
    "hộ chiếu C1234567",
    "thẻ DN4012720123456",
    "mst=2300123456",
]


@pytest.mark.parametrize("text", SLIPS)
def test_what_slips_through_is_masked(text: str) -> None:
    shown = masked_text(text)
    for part in (
        ID,
        "024 099 001",
        "không hai bốn không",
        PHONE,
        "912345678",
        CODE,
        "260818-0001",
        "nguyenvana",
        "024%20099",
        "C1234567",
        "2720123456",
        "2300123456",
    ):
        assert part not in shown


@pytest.mark.parametrize(
    "text",
    [
        "turn.concluded",
        "conversation 460b8123c3c325ffb05be3e5edc436d6",
        "conversation a024099001234bcdef0912345678abcd.3",
        "550e8400-e29b-41d4-a716-446655440000",
        "2026-11-26T20:06:24.123+00:00",
        "took 1234 ms for 1000 rows",
        "127.0.0.1:8080",
        "procedure 1.004194",
        "conversation=c1234567-12 E_12345",
        "nghị định 224/2025/NĐ-CP",
        'File "/app/bot/portal/http_portal.py", line 123, in call',
        "PostgreSQL 16.4 on x86_64",
    ],
)
def test_what_operators_must_read_stays(text: str) -> None:
    assert masked_text(text) == text


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("https://api.telegram.org/bot123456:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw/getMe", "AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw"),
        ("access_token=EAABsbCS1iHgBAxxxxxxxxxx", "EAABsbCS1iHgBAxxxxxxxxxx"),
        ("{'refresh_token': 'abcdefghijklmnop1234'}", "abcdefghijklmnop1234"),
        ("Authorization: Bearer abcdefghijklmnop", "abcdefghijklmnop"),
    ],
)
def test_keys_in_addresses_and_answers_are_masked(text: str, secret: str) -> None:
    assert secret not in masked_text(text)


@given(st.text(max_size=300))
def test_any_text_can_be_logged_and_masking_twice_changes_nothing(text: str) -> None:
    once = masked_text(text)
    assert masked_text(once) == once


@pytest.fixture
def log() -> Iterator[tuple[logging.Logger, io.StringIO]]:
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.addFilter(MaskingFilter())
    logger = logging.Logger("slips")
    logger.addHandler(handler)
    yield logger, written
    handler.close()


def test_messages_arguments_and_traces_are_masked(log: tuple[logging.Logger, io.StringIO]) -> None:
    logger, written = log
    logger.info("lookup of %s by %s", CODE, {"phone": PHONE})
    try:
        raise ValueError(f"no dossier {CODE} of {ID}")
    except ValueError:
        logger.exception("failed")
    logger.info("%d of %d", 3)
    shown = written.getvalue()
    assert "lookup of" in shown
    assert "ValueError" in shown
    assert not [part for part in (CODE, PHONE, ID) if part in shown]


PROCESSES = {
    "gateway, worker, sender and console": "from bot.logs import configure_logging; configure_logging('DEBUG')",
    "a terminal": "from bot.logs import configure_logging; configure_logging('DEBUG', 'worker', 'text')",
}
SPEAK = f"""
import logging, sys
extra = {{"text": "sdt {PHONE}", "seen": [{{"id": "{ID}"}}], "inbound_id": 240990012}}
logging.getLogger("any.library").warning("số %s", "{ID}", extra=extra)
own = logging.getLogger("with.its.own.handler"); own.propagate = False; own.addHandler(logging.StreamHandler(sys.stderr))
own.error("GET https://x/?cccd={ID}&code={CODE}")
try:
    raise RuntimeError("{CODE} {MAIL}")
except RuntimeError:
    logging.getLogger("any.library").exception("failed")
"""


@pytest.mark.parametrize("name", PROCESSES)
def test_each_processs_real_log_is_masked(name: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROCESSES[name] + "\n" + SPEAK], cwd=PROJECT_ROOT, capture_output=True, text=True, check=True
    )
    assert "failed" in done.stderr
    assert "RuntimeError" in done.stderr
    assert not [part for part in (ID, PHONE, CODE, MAIL) if part in done.stderr]
    if "gateway" in name:
        lines = [json.loads(line) for line in done.stderr.splitlines() if line.startswith("{")]
        assert lines[0]["inbound_id"] == 240990012


def test_the_processes_guard_their_logs() -> None:
    mains = ("gateway/__main__.py", "gateway/worker.py", "gateway/sender.py")
    for path in (
        *(f"connectors/{name}" for name in mains),
        "actions/__main__.py",
        "console/__main__.py",
        "motcua/model_server.py",
    ):
        assert "configure_logging(settings.log_level, " in (PROJECT_ROOT / path).read_text(encoding="utf-8")
