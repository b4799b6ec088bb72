"""The engine's understanding from outside its environment: ``engine.launch parse`` as a child process."""

import json
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from bot.settings import PROJECT_ROOT
from motcua.evaluation.intents import EngineModel, Understood, understood_from_json

_SHOWN_LINES = 8


class EngineParseError(Exception):
    """The engine could not understand the messages; the text holds its last lines."""


def understand_all(
    command: Sequence[str], environment: Mapping[str, str], texts: Sequence[str], advance: Callable[[], None]
) -> tuple[EngineModel, list[Understood]]:
    """The model and its answer to every text, in order; ``advance`` is called after each. Raises ``EngineParseError``."""
    model, lines = parsed_lines(command, environment, texts, advance)
    return model, [understood_from_json(line) for line in lines]


def parsed_lines(
    command: Sequence[str], environment: Mapping[str, str], texts: Sequence[str], advance: Callable[[], None]
) -> tuple[EngineModel, list[dict[str, Any]]]:
    """The same, with all that the engine said of every text (``engine.batch_parse``). Raises ``EngineParseError``.

    The messages lie in a file and not in a pipe: neither side can then wait for the other."""
    with tempfile.TemporaryDirectory(prefix="motcua-eval-") as folder:
        asked, log = Path(folder, "messages.jsonl"), Path(folder, "log")
        lines = (json.dumps({"id": number, "text": text}) for number, text in enumerate(texts))
        asked.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        with asked.open("rb") as source, log.open("wb") as errors:
            process = subprocess.Popen(
                list(command), cwd=PROJECT_ROOT, env=dict(environment), stdin=source, stdout=subprocess.PIPE, stderr=errors
            )
            try:
                model, answers = _read(process, advance)
            finally:
                process.kill()
                process.wait()
        if model is None or len(answers) != len(texts):
            tail = log.read_text(encoding="utf-8", errors="replace").splitlines()[-_SHOWN_LINES:]
            raise EngineParseError("\n".join(["Rasa không trả lời hết các tin nhắn:", *tail]))
    return model, answers


def _read(process: subprocess.Popen[bytes], advance: Callable[[], None]) -> tuple[EngineModel | None, list[dict[str, Any]]]:
    lines = _json_lines(process)
    first = next(lines, None)
    answers: list[dict[str, Any]] = []
    for line in lines:
        answers.append(line)
        advance()
    process.wait()
    return (None if first is None else EngineModel.from_json(first)), answers


def _json_lines(process: subprocess.Popen[bytes]) -> Iterator[dict[str, Any]]:
    if process.stdout is None:
        raise EngineParseError("Rasa chạy mà không có đường ra.")
    with process.stdout:
        for line in process.stdout:
            if line.endswith(b"\n"):  # a killed engine leaves half a line
                yield json.loads(line)
