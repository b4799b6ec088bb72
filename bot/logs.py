"""Logs of our long-running programs: one event a line, ids and numbers only, never a message's text (docs/operators/logs.md).

Whoever's logger it is, a library's too, its lines pass here: as JSON, or readable where a person looks on. All of them are masked
(``bot.log_masking``), also the trace of a crash and what ``warnings`` tells.
"""

import json
import logging
import sys
import threading
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Literal, TextIO

from bot import tracing
from bot.log_masking import guard_logs

LogFormat = Literal["auto", "json", "text"]

_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "color_message", "taskName", "trace_id"}
_OURS = ("__main__", "actions", "bot", "connectors", "console", "motcua")
# These libraries log addresses, bodies or statements below WARNING.
_QUIET = (
    "httpx", "httpcore", "sse_starlette", "sqlalchemy", "alembic", "uvicorn.access", "asyncio", "urllib3", "requests",
    "multipart", "rasa_sdk", "sanic.access", "sentence_transformers",
)  # fmt: skip


def fields_of(record: logging.LogRecord, process: str) -> dict[str, Any]:
    """A record as the fields of its line: ``ts``, ``level``, ``event``, ``process``, the logger where it is not ours,
    ``trace_id`` where a trace is recorded, what the event carries, and the outline of an exception."""
    fields: dict[str, Any] = {
        "ts": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
        "level": record.levelname,
        "event": record.getMessage(),
        "process": process,
    }
    if record.name.partition(".")[0] not in _OURS:
        fields["logger"] = record.name
    if (trace := getattr(record, "trace_id", None) or tracing.trace_id()) is not None:
        fields["trace_id"] = trace
    # What an event carries never takes the place of a field that every line has.
    fields |= {key: value for key, value in vars(record).items() if key not in _STANDARD and key not in fields}
    if record.exc_info and record.exc_info[0] is not None:
        fields["error"] = record.exc_info[0].__name__
        fields["trace"] = record.exc_text or logging.Formatter().formatException(record.exc_info)
    return fields


class JsonLines(logging.Formatter):
    """One JSON object a line."""

    def __init__(self, process: str = "") -> None:
        super().__init__()
        self._process = process

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        return json.dumps(fields_of(record, self._process), ensure_ascii=False, default=str)


class TextLines(JsonLines):
    """The same fields for a person who looks on: moment, level, process, event, ``name=value`` …"""

    def format(self, record: logging.LogRecord) -> str:
        """The line, and the lines of a trace."""
        fields = fields_of(record, self._process)
        head = [str(fields.pop("ts"))[11:23], f"{fields.pop('level'):<7}", str(fields.pop("process")), str(fields.pop("event"))]
        trace = fields.pop("trace", None)
        line = " ".join([*head, *_pairs(fields)]).replace("\n", "⏎")
        return f"{line}\n{trace}" if trace else line


def _pairs(fields: Mapping[str, Any]) -> list[str]:
    return [f"{name}={value if isinstance(value, str | int | float) else _short(value)}" for name, value in fields.items()]


def _short(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)


def chosen_format(wanted: LogFormat, stream: TextIO) -> Literal["json", "text"]:
    """``auto``: text on a terminal, JSON everywhere else."""
    if wanted == "auto":
        return "text" if stream.isatty() else "json"
    return wanted


def configure_logging(level: str, process: str = "", wanted: LogFormat = "auto") -> None:
    """Sends all logs of this process to standard error, masked; also warnings, and what ends a thread or the process. Raises
    ``ValueError`` for an unknown level."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter((JsonLines if chosen_format(wanted, sys.stderr) == "json" else TextLines)(process))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    guard_logs([handler])
    root.setLevel(level.upper())
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.captureWarnings(True)
    sys.excepthook = _log_the_end
    threading.excepthook = _log_a_threads_end


def _log_the_end(kind: type[BaseException], error: BaseException, trace: Any) -> None:
    if issubclass(kind, KeyboardInterrupt):
        return
    logging.getLogger(__name__).critical("process.crashed", exc_info=(kind, error, trace))


def _log_a_threads_end(ended: threading.ExceptHookArgs) -> None:
    if ended.exc_value is None or issubclass(ended.exc_type, SystemExit):
        return
    name = ended.thread.name if ended.thread is not None else ""
    trace = (ended.exc_type, ended.exc_value, ended.exc_traceback)
    logging.getLogger(__name__).critical("thread.crashed", extra={"thread_name": name}, exc_info=trace)
