"""No secret stands in what our processes say: answers, error pages, metrics, logs, their own command lines, refusals to start."""

import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography.fernet import Fernet
from pydantic import SecretStr

from bot.settings import Settings
from connectors.gateway.app import create_app
from tests.connectors.harness import settings_for
from tests.connectors.platform_accounts import PLATFORM_ACCOUNTS
from tests.connectors.processes import environment, process
from tests.databases import migrated_sqlite
from tests.engine_process import free_port

MARK = "NgheDuocLaHong"
ODD_REQUESTS = [
    ("GET", "/nowhere?token=x", b"", {}),
    ("POST", "/webchat/messages", b"{", {"Authorization": "Bearer x.y.z"}),
    ("POST", "/webhooks/zalo", b'{"app_id": 1}', {"X-ZEvent-Signature": "mac=" + "0" * 64}),
    ("POST", "/webhooks/facebook", b"[", {"X-Hub-Signature-256": "sha256=" + "0" * 64}),
    ("POST", "/webhooks/telegram", b"\xff", {"X-Telegram-Bot-Api-Secret-Token": "wrong"}),
    ("POST", "/webhooks/portal", b"{}", {"webhook-id": "a", "webhook-timestamp": "1", "webhook-signature": "v1,x"}),
    ("GET", "/webhooks/facebook?hub.mode=subscribe&hub.verify_token=wrong&hub.challenge=1", b"", {}),
    ("GET", "/health", b"", {}),
    ("POST", "/sign-in", b"login=a&password=b", {"Content-Type": "application/x-www-form-urlencoded"}),
    ("POST", "/files/x", b"", {}),
]


def marked(folder: Path) -> Settings:
    """Settings in which every secret can be told again."""
    texts = {
        name: f"{MARK}-{number:02}-{'z' * 24}"
        for number, (name, field) in enumerate(Settings.model_fields.items())
        if "SecretStr" in str(field.annotation) and name != "ledger_key"
    }
    url = migrated_sqlite(folder / "ledger.sqlite3")
    told: dict[str, Any] = PLATFORM_ACCOUNTS | texts | {"telegram_bot_token": f"123456789:{MARK}{'x' * 21}"}
    return settings_for(url, 1, **told | {"gateway_port": free_port(), "console_port": free_port(), "var_dir": folder})


def secrets_of(settings: Settings) -> list[str]:
    return [value.get_secret_value() for _, value in settings if isinstance(value, SecretStr)]


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Settings, Path, list[int], dict[str, int]]]:
    """Gateway and console as processes with a metrics port each, at their most talkative."""
    folder = tmp_path_factory.mktemp("secrets")
    settings, metrics = marked(folder), {"connectors.gateway": free_port(), "console": free_port()}
    with ExitStack() as stack:
        started = []
        for module, port in metrics.items():
            output = stack.enter_context((folder / f"{module}.log").open("w"))
            env = environment(settings, LOG_LEVEL="DEBUG", METRICS_PORT=str(port))
            started.append(stack.enter_context(process(["-m", module], env, output)).pid)
        yield settings, folder, started, metrics


def answers_of(port: int) -> list[str]:
    """What is said to odd requests, once the process answers."""
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=10, trust_env=False) as client:
        for _ in range(600):
            try:
                client.get("/health")
                break
            except httpx.TransportError:
                time.sleep(0.1)
        found = [client.request(method, path, content=body, headers=headers) for method, path, body, headers in ODD_REQUESTS]
    return [f"{answer.headers} {answer.text}" for answer in found]


def test_nothing_that_a_process_says_holds_a_secret(house: tuple[Settings, Path, list[int], dict[str, int]]) -> None:
    settings, folder, pids, metrics = house
    said = answers_of(settings.gateway_port) + answers_of(settings.console_port)
    said += [httpx.get(f"http://127.0.0.1:{port}/metrics", trust_env=False).text for port in metrics.values()]
    said += [Path(f"/proc/{pid}/cmdline").read_text() for pid in pids if Path("/proc").is_dir()]
    said += [path.read_text() for path in folder.glob("*.log")]
    whole = "\n".join(said)
    assert "http.answered" in whole
    assert "webhook.rejected" in whole
    assert MARK not in whole
    assert [secret[:4] for secret in secrets_of(settings) if secret in whole] == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ledger_key", f"{MARK}-no-fernet-key"),
        ("web_session_secret", MARK[:12]),
        ("telegram_webhook_secret", f"{MARK} with blanks"),
        ("portal_webhook_secret", f"whsec_{MARK}!"),
    ],
)
def test_a_secret_that_cannot_be_used_stops_the_start_by_name_alone(tmp_path: Path, name: str, value: str) -> None:
    settings = settings_for(f"sqlite:///{tmp_path}/x.sqlite3", 1, **PLATFORM_ACCOUNTS | {name: value})
    with pytest.raises(ValueError, match=r"(?i)secret|ledger_key") as refusal:
        create_app(settings)
    assert MARK[:12] not in str(refusal.value)
    assert name in str(refusal.value).lower()


def test_settings_never_show_a_secret() -> None:
    settings = settings_for("sqlite://", 1, ledger_key=Fernet.generate_key().decode(), **PLATFORM_ACCOUNTS)
    assert [secret for secret in secrets_of(settings) if secret in repr(settings) or secret in str(settings.model_dump())] == []
