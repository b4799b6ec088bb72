"""The platforms' stand-ins of a local run: their ports, and what a person would do once in each platform's console."""

import subprocess
import sys
from collections.abc import Callable

from bot.settings import PROJECT_ROOT, Settings
from motcua.preparation import child_environment
from motcua.processes import PLATFORM_TITLES

SIMULATOR_PORTS: dict[str, tuple[str, str]] = {
    "zalo": ("zalo_sim_port", "zalo_sim_control_port"),
    "facebook": ("messenger_sim_port", "messenger_sim_control_port"),
    "telegram": ("telegram_sim_port", "telegram_sim_control_port"),
}

_STEPS: dict[str, tuple[str, ...]] = {
    "zalo": ("connectors.zalo", "authorise"),
    "telegram": ("connectors.gateway.accounts", "set-webhook", "telegram"),
}
"""Messenger's stand-in registers our webhook by itself."""


def connect_simulators(settings: Settings, say: Callable[[str], None]) -> None:
    """Gives our app its rights with the stand-ins, as an administrator does once with the real platforms. A step that fails is
    told with what to run by hand; the rest of the product works meanwhile."""
    if not settings.platform_simulators:
        return
    for name in settings.enabled_channels:
        step = _STEPS.get(name)
        if step is None:
            continue
        result = run_connector(settings, *step)
        if result.returncode:
            told = (result.stdout + result.stderr).strip().splitlines()[-1:]
            say(f"  ! {PLATFORM_TITLES[name]}: {' '.join(told)} (thử lại: .venv/bin/python -m {' '.join(step)})")


def run_connector(settings: Settings, module: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """Runs a command of the connectors with these settings; its output is kept."""
    return subprocess.run(
        (sys.executable, "-m", module, *arguments),
        cwd=PROJECT_ROOT,
        env=child_environment(settings),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
