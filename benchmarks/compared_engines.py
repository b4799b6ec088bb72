"""The two engines that are compared, ours and stock Rasa: how each is trained, asked and served on the same examples."""

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from benchmarks.child_processes import ChildFailedError, resident_mb, run, served
from bot.language.normalise import fold
from motcua.evaluation.engine_parse import understand_all
from motcua.evaluation.figures import share
from motcua.evaluation.intents import as_the_engine_receives, intent_figures, judged_intent
from motcua.evaluation.labelled_files import Row
from motcua.stack import free_ports

ROOT = Path(__file__).resolve().parent.parent
STOCK = ROOT / "benchmarks" / "stock"
SECRET = "secret-of-the-benchmark"
TURNS = 20
Say = Callable[[str], None]


@dataclass(frozen=True)
class Engine:
    """One side: the commands that train it, understand with it and serve it, and its environment variables.

    ``{port}`` in ``serve`` is filled in; ``ask`` is the address, body and headers of one message."""

    name: str
    train: tuple[str, ...]
    model: Path
    parse: tuple[str, ...]
    serve: tuple[str, ...]
    health: str
    ask: tuple[str, Mapping[str, Any], Mapping[str, str]]
    environment: Mapping[str, str]


def quiet_environment(more: Mapping[str, str]) -> dict[str, str]:
    """One thread, no telemetry, no cache, no graphics card: the same for both sides."""
    quiet = {
        "OMP_NUM_THREADS": "1", "TF_NUM_INTRAOP_THREADS": "1", "TF_NUM_INTEROP_THREADS": "1", "TF_CPP_MIN_LOG_LEVEL": "3",
        "CUDA_VISIBLE_DEVICES": "", "RASA_TELEMETRY_ENABLED": "false", "RASA_MAX_CACHE_SIZE": "0",
        "SQLALCHEMY_SILENCE_UBER_WARNING": "1", "PYTHONUNBUFFERED": "1",
    }  # fmt: skip
    ours = ("ENGINE_", "ACTIONS_", "TRACKER_URL", "REDIS_URL", "MODELS_DIR", "LOG_LEVEL", "PYTHONPATH", "PYTHONWARNINGS")
    return {**{name: value for name, value in os.environ.items() if not name.startswith(ours)}, **quiet, **more}


def our_engine(python: Path, project: Path) -> Engine:
    """The engine of the product."""
    model = project / "models" / "ours.tar.gz"
    launch = (str(python), "-m", "engine.launch", "--project", str(project))
    body = {"turn_id": "t", "conversation": "bench", "text": "xin chào", "act": None, "metadata": {}}
    return Engine(
        name="ours",
        train=(*launch, "train", "--name", "ours"),
        model=model,
        parse=(*launch, "parse", "--model", str(model)),
        serve=(*launch, "run", "--model", str(model)),
        health="/health",
        ask=("/webhooks/motcua/turn", body, {"Authorization": f"Bearer {SECRET}"}),
        environment=quiet_environment(
            {
                "MODELS_DIR": str(project / "models"),
                "ENGINE_SECRET": SECRET,
                "ENGINE_PORT": "{port}",
                "TRACKER_URL": f"sqlite:///{project / 'tracker.sqlite3'}",
            }
        ),
    )


def stock_engine(environment: Path, project: Path) -> Engine:
    """Stock Rasa with its default pipeline."""
    python, model = str(environment / "bin" / "python"), project / "stock-models" / "stock.tar.gz"
    places = ("-i", "127.0.0.1", "--endpoints", "stock-endpoints.yml", "--credentials", "stock-credentials.yml")
    data = [f"data/{name}" for name in ("nlu", "rules", "stories") if (project / "data" / name).is_dir()]
    files = ("--config", "stock.yml", "--domain", "domain", "--data", *data)
    return Engine(
        name="stock",
        train=(python, "-m", "rasa", "train", *files, "--out", "stock-models", "--fixed-model-name", "stock", "--force"),
        model=model,
        parse=(python, str(STOCK / "parse.py"), str(model)),
        serve=(python, "-m", "rasa", "run", "--enable-api", *places, "--port", "{port}", "--model", str(model)),
        health="/status",
        ask=("/model/parse", {"text": "xin chào"}, {}),
        environment=quiet_environment({}),
    )


def build_stock_environment(folder: Path, say: Say) -> None:
    """Builds the environment of stock Rasa from its lock file unless it is there. Raises ``ChildFailedError``."""
    lock = STOCK / "requirements.lock"
    wanted, stamp = hashlib.sha256(lock.read_bytes()).hexdigest(), folder / ".lock-fingerprint"
    if stamp.is_file() and stamp.read_text() == wanted:
        return
    say("    dựng môi trường Rasa gốc với TensorFlow (vài phút, khoảng 2,5 GB)")
    shutil.rmtree(folder, ignore_errors=True)
    folder.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    pip = (str(folder / "bin" / "python"), "-m", "pip", "--disable-pip-version-check", "install", "--quiet")
    options = ("--no-deps", "--ignore-requires-python", "--require-hashes", "-r", str(lock))
    run((*pip, *options), ROOT, os.environ, folder.parent / "stock-install.log", say)
    stamp.write_text(wanted)


def trained(engine: Engine, project: Path, say: Say) -> dict[str, Any]:
    """Trains and says what it cost. Our launcher names the project itself and runs from the root."""
    cwd = ROOT if engine.name == "ours" else project
    cost = run(engine.train, cwd, engine.environment, project / f"train-{engine.name}.log", say)
    if not engine.model.is_file():
        raise ChildFailedError(f"{engine.name}: huấn luyện xong mà không có {engine.model.name}")
    size = round(engine.model.stat().st_size / 1e6, 2)
    return {"train_s": cost.seconds, "train_cpu_s": cost.cpu_seconds, "train_peak_mb": cost.peak_mb, "model_mb": size}


def understood(engine: Engine, rows: Sequence[Row], say: Say) -> dict[str, Any]:
    """How well and how fast the messages are understood: as typed, without marks, and those written in teencode."""
    typed = [as_the_engine_receives(row.text) for row in rows]
    bare = [as_the_engine_receives(fold(row.text)) for row in rows]
    done = iter(range(1, 2 * len(rows) + 1))

    def advance() -> None:
        number = next(done)
        if number % 500 == 0:
            say(f"    {number}/{2 * len(rows)} tin nhắn")

    model, answers = understand_all(engine.parse, engine.environment, [*typed, *bare], advance)
    first = [judged_intent(r, t, a, model.intents) for r, t, a in zip(rows, typed, answers[: len(rows)], strict=True)]
    second = [judged_intent(r, t, a, model.intents) for r, t, a in zip(rows, bare, answers[len(rows) :], strict=True)]
    teencode = [one for one in first if one.style == "teencode"]
    figures, as_typed = intent_figures([*first, *second]), intent_figures(first)
    return {
        "parse_p50_ms": figures["p50_ms"],
        "parse_p95_ms": figures["p95_ms"],
        "accuracy": as_typed["accuracy"],
        "accuracy_without_marks": intent_figures(second)["accuracy"],
        "accuracy_teencode": intent_figures(teencode)["accuracy"] if teencode else None,
        "guess_accuracy": share(sum(one.guess_right for one in first), len(first)),
        "wrong_confident_rate": as_typed["wrong_confident_rate"],
        "ask_back_rate": as_typed["ask_back_rate"],
    }


def in_service(engine: Engine, project: Path) -> dict[str, Any]:
    """Seconds until it serves, and its resident memory after a few messages."""
    port = str(free_ports(1)[0])
    environment = {name: value.replace("{port}", port) for name, value in engine.environment.items()}
    command = [part.replace("{port}", port) for part in engine.serve]
    base = f"http://127.0.0.1:{port}"
    cwd = ROOT if engine.name == "ours" else project
    with served(command, cwd, environment, project / f"serve-{engine.name}.log", base + engine.health) as (pid, seconds):
        path, body, headers = engine.ask
        with httpx.Client(trust_env=False, timeout=30) as client:
            for _ in range(TURNS):
                client.post(base + path, json=dict(body), headers=dict(headers)).raise_for_status()
        return {"start_s": seconds, "server_mb": resident_mb(pid)}
