"""``python -m simulators.telegram``."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import requests

from tests.engine_process import free_port
from tests.simulators.telegram.harness import TOKEN
from tests.waiting import wait_for

PROJECT = Path(__file__).parents[3]


def answers(url: str) -> bool:
    try:
        return requests.get(url, timeout=5).json() == {"status": "ok", "simulated": True}
    except requests.ConnectionError:
        return False


def test_serves_both_ports_and_ends_when_told() -> None:
    ports = free_port(), free_port()
    environment = os.environ | {
        "TELEGRAM_BOT_TOKEN": TOKEN,
        "TELEGRAM_SIM_PORT": str(ports[0]),
        "TELEGRAM_SIM_CONTROL_PORT": str(ports[1]),
    }
    command = [sys.executable, "-m", "simulators.telegram"]
    with subprocess.Popen(command, cwd=PROJECT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as running:
        for port in ports:
            wait_for(lambda port=port: answers(f"http://127.0.0.1:{port}/health"), what="health")
        assert "MÔ PHỎNG" in requests.get(f"http://127.0.0.1:{ports[1]}/", timeout=5).content.decode()
        running.send_signal(signal.SIGTERM)
        output, _ = running.communicate(timeout=20)
    assert (running.returncode, TOKEN.encode() in output) == (0, False)


@pytest.mark.parametrize("token", ["", "nonsense", "abc:def", "123:"])
def test_does_not_start_without_a_token(token: str) -> None:
    environment = os.environ | {"TELEGRAM_BOT_TOKEN": token}
    command = [sys.executable, "-m", "simulators.telegram"]
    ended = subprocess.run(command, cwd=PROJECT, env=environment, capture_output=True, timeout=60, check=False)
    assert ended.returncode != 0
    assert b"TELEGRAM_BOT_TOKEN" in ended.stderr
