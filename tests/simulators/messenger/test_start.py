"""``python -m simulators.messenger``: what it needs, and that it registers its webhook by itself."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import httpx

from tests.engine_process import free_port
from tests.simulators.messenger.harness import APP, LAN, PAGE, SECRET, TOKEN, VERIFY, receiving
from tests.waiting import wait_for

PROJECT = Path(__file__).parents[3]
SETTINGS = {
    "FACEBOOK_PAGE_ID": PAGE,
    "FACEBOOK_APP_ID": APP,
    "FACEBOOK_APP_SECRET": SECRET,
    "FACEBOOK_PAGE_TOKEN": TOKEN,
    "FACEBOOK_VERIFY_TOKEN": VERIFY,
}


def run(**settings: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("FACEBOOK_", "MESSENGER_"))}
    command = [sys.executable, "-m", "simulators.messenger"]
    return subprocess.run(command, cwd=PROJECT, env=kept | settings, capture_output=True, text=True, timeout=60, check=False)


def test_a_missing_setting_is_named() -> None:
    ended = run(**{name: value for name, value in SETTINGS.items() if name != "FACEBOOK_APP_SECRET"})
    assert ended.returncode == 1
    assert "FACEBOOK_APP_SECRET" in ended.stderr


def test_an_id_that_is_not_digits_and_a_real_host_are_refused() -> None:
    assert "FACEBOOK_PAGE_ID must be digits" in run(**SETTINGS | {"FACEBOOK_PAGE_ID": "mot-cua"}).stderr
    real = run(**SETTINGS, MESSENGER_SIM_WEBHOOK_URL="https://m.me/hook")
    assert real.returncode == 1
    assert "real platform" in real.stderr


def test_it_serves_both_ports_and_registers() -> None:
    api, control = free_port(), free_port()
    ports = {"MESSENGER_SIM_PORT": str(api), "MESSENGER_SIM_CONTROL_PORT": str(control)}
    with receiving() as hook:
        env = os.environ | SETTINGS | ports | {"MESSENGER_SIM_WEBHOOK_URL": hook.url}
        process = subprocess.Popen([sys.executable, "-m", "simulators.messenger"], cwd=PROJECT, env=env)
        try:
            with httpx.Client(trust_env=False, base_url=f"http://127.0.0.1:{control}/_sim") as client:

                def registered() -> bool:
                    try:
                        return bool(client.get("/webhook").json()["subscribed_fields"])
                    except httpx.TransportError:
                        return False

                wait_for(registered)
                assert client.post("/users", json={"id": LAN}).status_code == 201
                assert client.post(f"/users/{LAN}/say", json={"text": "Chào"}).status_code == 200
            assert hook.one("message")["message"]["text"] == "Chào"
            for port in (api, control):
                assert httpx.get(f"http://127.0.0.1:{port}/health", trust_env=False).json()["status"] == "ok"
        finally:
            process.send_signal(signal.SIGTERM)
            assert process.wait(20) == 0
