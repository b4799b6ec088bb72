"""What must exist before the processes start: the embedded encoder, a trained model, the ledger's tables. Each step is
skipped when its result already fits."""

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import SecretStr

from bot.settings import PROJECT_ROOT, Settings
from motcua.processes import engine_environment

HEARTBEAT_SECONDS = 15
"""A step that takes longer says every so often that it still works."""


class PreparationError(Exception):
    """A step failed; the message names the command and shows its last lines."""


@dataclass(frozen=True)
class Step:
    """One step, in words for a person, and what does it."""

    title: str
    run: Callable[[], None]


def preparation_steps(settings: Settings, environment: Mapping[str, str], say: Callable[[str], None]) -> list[Step]:
    """The steps in order."""
    steps = [
        Step("Bộ mã hoá câu", lambda: build_encoder(settings, environment, say)),
        Step("Mô hình Rasa (lần đầu phải huấn luyện, mất vài phút)", lambda: train_if_needed(settings, environment, say)),
        Step("Sổ cái (cơ sở dữ liệu)", lambda: migrate_ledger(settings)),
    ]
    return steps if is_embedded_encoder(settings) else steps[1:]


def is_embedded_encoder(settings: Settings) -> bool:
    """Whether the encoder is the one that we build ourselves."""
    return settings.embedding_model == "e5-vi"


def build_encoder(settings: Settings, environment: Mapping[str, str], say: Callable[[str], None]) -> None:
    """Builds the encoder's folder where it is missing. Without it the search goes on lexically: a warning, not an error."""
    script = PROJECT_ROOT / "scripts" / "build_embedding_model.py"
    try:
        run_tool((sys.executable, str(script), "--out", str(settings.models_dir / "e5-vi")), environment, say)
    except PreparationError as error:
        say(f"  ! Không dựng được mô hình mã hoá câu; tra cứu chỉ dùng từ khoá. {error}")


def train_if_needed(
    settings: Settings, environment: Mapping[str, str], say: Callable[[str], None], *, force: bool = False
) -> None:
    """Trains the Rasa model where ``models/`` has none that fits the present data, configuration and code.

    ``force``: trains in any case."""
    command = (str(settings.engine_python), "-m", "engine.launch", "train", *(() if force else ("--if-needed",)))
    run_tool(command, {**environment, **engine_environment(settings)}, say)


def migrate_ledger(settings: Settings) -> None:
    """Creates or upgrades the ledger's tables."""
    from bot.storage.migrate import upgrade

    upgrade(settings.database_direct_url or settings.database_url)


def take_ledger_back(settings: Settings, revision: str) -> None:
    """Gives the ledger's tables the shape of an older release. Raises ``PreparationError`` for a revision that is none of those
    before the present one."""
    from alembic.util.exc import CommandError

    from bot.storage.migrate import downgrade

    try:
        downgrade(settings.database_url, revision)
    except CommandError as error:
        raise PreparationError(f"Không đưa được sổ cái về «{revision}»: {error}") from error


def run_tool(command: tuple[str, ...], environment: Mapping[str, str], say: Callable[[str], None]) -> None:
    """Runs one tool and tells now and then that it still works; its own output is shown only when it fails.

    Raises ``PreparationError`` with the last lines."""
    done = threading.Event()
    threading.Thread(target=_tell_time, args=(done, say), daemon=True).start()
    try:
        result = subprocess.run(
            command,
            cwd=PROJECT_ROOT,
            env=dict(environment),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
    finally:
        done.set()
    if result.returncode:
        tail = "\n".join(result.stdout.splitlines()[-15:])
        raise PreparationError(f"Lệnh {' '.join(command[1:])} thất bại (mã {result.returncode}):\n{tail}")


def _tell_time(done: threading.Event, say: Callable[[str], None]) -> None:
    waited = 0
    while not done.wait(HEARTBEAT_SECONDS):
        waited += HEARTBEAT_SECONDS
        say(f"    … vẫn đang làm ({waited} s)")


def child_environment(settings: Settings) -> dict[str, str]:
    """The environment of our own and the settings as they are in force, for child processes. A setting that is not in force is
    not in it either: the children of a private product must not find the addresses of the one around them."""
    in_force = settings.model_dump()
    resolved = {name.upper(): _plain(value) for name, value in in_force.items() if value is not None}
    inherited = {name: value for name, value in os.environ.items() if name.removesuffix("_FILE").lower() not in in_force}
    quiet = {"PYTHONUNBUFFERED": "1", "HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1", "TOKENIZERS_PARALLELISM": "false"}
    return {**inherited, **quiet, **resolved, "PYTHONPATH": str(Path(PROJECT_ROOT))}


def _plain(value: object) -> str:
    return value.get_secret_value() if isinstance(value, SecretStr) else str(value)
