"""Secrets that could be guessed stop the start in production and are warned of elsewhere."""

import logging
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet

from bot.secret_strength import WeakSecretError, refuse_weak_secrets, weakness_of
from bot.settings import PROJECT_ROOT, Settings

STRONG = "kV8-eW2_qLz0RtYbN5uHcXaD9fGjMsP1"


def settings(**more: Any) -> Settings:
    return Settings(**{"engine_secret": STRONG, "ledger_key": "x", "web_session_secret": STRONG, **more})


@pytest.mark.parametrize("secret", ["short", "a" * 40, "changeme-changeme-changeme-2026", "", "my-secret-password-2026"])
def test_what_can_be_guessed_is_weak(secret: str) -> None:
    assert weakness_of(secret) is not None


@pytest.mark.parametrize("secret", [STRONG, "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b", STRONG[:16] + "tEst" + STRONG[16:]])
def test_what_cannot_be_guessed_is_strong_also_where_chance_wrote_a_word_into_it(secret: str) -> None:
    assert weakness_of(secret) is None


@pytest.mark.parametrize("name", ["engine_secret", "web_session_secret", "portal_webhook_secret", "telegram_webhook_secret"])
def test_in_production_a_weak_secret_of_ours_stops_the_start_and_says_what_to_do(name: str) -> None:
    with pytest.raises(WeakSecretError) as refused:
        refuse_weak_secrets(settings(platform_simulators=False, **{name: "guess-me"}))
    told = str(refused.value)
    assert told.startswith(f"{name.upper()} is shorter than 24 characters")
    assert "token_urlsafe" in told
    assert "keys.md" in told
    assert "guess-me" not in told


def test_every_secret_of_a_list_counts_since_each_is_accepted() -> None:
    refuse_weak_secrets(settings(platform_simulators=False, engine_secret=f"{STRONG},{STRONG[::-1]}"))
    with pytest.raises(WeakSecretError, match="ENGINE_SECRET"):
        refuse_weak_secrets(settings(platform_simulators=False, engine_secret=f"{STRONG},old"))


def test_in_development_it_is_a_warning_that_names_the_setting_and_not_the_value(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        refuse_weak_secrets(settings(engine_secret="guess-me"))
    (line,) = caplog.records
    assert (line.getMessage(), vars(line)["setting"], vars(line)["reason"]) == ("settings.weak_secret", "ENGINE_SECRET", "short")
    assert "guess-me" not in str(vars(line))


def test_what_the_portal_chose_is_warned_of_and_never_stops_the_start(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        refuse_weak_secrets(settings(platform_simulators=False, portal_client_secret="abc", portal_lgsp_password="abc"))
    assert {vars(line)["setting"] for line in caplog.records} == {"PORTAL_CLIENT_SECRET", "PORTAL_LGSP_PASSWORD"}


@pytest.mark.parametrize(
    "module",
    ["connectors.gateway", "connectors.gateway.worker", "connectors.gateway.sender", "console", "actions", "motcua.model_server"],
)
def test_every_process_refuses_before_it_opens_anything(module: str, tmp_path: Path) -> None:
    environment = {
        **os.environ,
        "DATABASE_URL": f"sqlite:///{tmp_path}/ledger.sqlite3",
        "VAR_DIR": str(tmp_path),
        "ENGINE_SECRET": "guess-me",
        "LEDGER_KEY": Fernet.generate_key().decode(),
        "WEB_SESSION_SECRET": STRONG,
        "PLATFORM_SIMULATORS": "false",
        "CHANNELS": "",
    }
    ended = subprocess.run(
        [sys.executable, "-m", module],
        cwd=PROJECT_ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ended.returncode != 0
    assert "WeakSecretError: ENGINE_SECRET is shorter than 24 characters" in ended.stderr
    assert list(tmp_path.iterdir()) == []
