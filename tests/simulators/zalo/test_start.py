"""``python -m simulators.zalo`` as it is started."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import httpx

from tests.engine_process import free_port
from tests.simulators.zalo.harness import receiving
from tests.waiting import wait_for

PROJECT = Path(__file__).parents[3]
NAMES = {"ZALO_APP_ID": "1", "ZALO_APP_SECRET": "a", "ZALO_OA_ID": "2", "ZALO_OA_SECRET_KEY": "b"}
COMMAND = [sys.executable, "-m", "simulators.zalo"]


def healthy(port: str) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/health", trust_env=False).status_code == 200
    except httpx.TransportError:
        return False


def test_missing_secrets_stop_the_start_by_name() -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("ZALO_")}
    environment |= {"ZALO_APP_ID": "1", "ZALO_OA_ID": "2"}
    ended = subprocess.run(COMMAND, cwd=PROJECT, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode != 0
    assert "ZALO_APP_SECRET, ZALO_OA_SECRET_KEY" in ended.stderr


def test_webhook_on_a_real_host_stops_the_start() -> None:
    environment = os.environ | NAMES | {"ZALO_SIM_WEBHOOK_URL": "https://oa.zalo.me/hook"}
    ended = subprocess.run(COMMAND, cwd=PROJECT, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode != 0
    assert ended.stderr.startswith("ZALO_SIM_WEBHOOK_URL: oa.zalo.me is a real platform")


def test_serves_two_ports_probes_the_webhook_and_ends_on_a_signal() -> None:
    port, control = str(free_port()), str(free_port())
    with receiving() as receiver:
        ports = {"ZALO_SIM_PORT": port, "ZALO_SIM_CONTROL_PORT": control, "ZALO_SIM_WEBHOOK_URL": receiver.url}
        running = subprocess.Popen(COMMAND, cwd=PROJECT, env=os.environ | NAMES | ports, stderr=subprocess.PIPE, text=True)
        try:
            wait_for(lambda: healthy(port) and healthy(control), what="health")
            wait_for(lambda: [post.body for post in receiver.posts] == [b"{}"], what="the probe")
            page = httpx.get(f"http://127.0.0.1:{control}/", trust_env=False)
            assert "text/html" in page.headers["content-type"]
        finally:
            running.send_signal(signal.SIGTERM)
            _, complaints = running.communicate(timeout=30)
    assert (running.returncode, complaints) == (0, "")
