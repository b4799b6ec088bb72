"""Logs without citizens' text.

Stock Rasa writes message text at DEBUG, its structured entries carry texts and the local variables of every frame of an
exception, and exceptions of stores and of the action server hold texts in their messages (SQL parameters, reply bodies). So
the level is never below INFO, entries lose the fields that can hold a text, and an exception is logged as its types and source
lines only.
"""

import json
import logging
import os
import sys
import traceback
from collections.abc import Mapping, MutableMapping
from datetime import UTC, datetime
from typing import Any

LOWEST_LEVEL = "INFO"
# The fields of Rasa 3.6.21's structured entries that hold what a citizen or the bot said (rasa.utils.log_utils names most).
_TEXT_FIELDS = frozenset(
    {
        "text", "response_text", "user_text", "slot_values", "parse_data_text", "parse_data_entities", "prediction_events",
        "tracker_latest_message", "prefilled_slots", "message", "response", "slot_candidates", "rasa_event", "rasa_events",
        "tracker_states", "current_states", "old_states", "successes", "current_entity", "next_entity", "states", "entity",
        "token_text", "user_message", "json_message", "placeholder_key", "event_info", "exception", "stack",
    }
)  # fmt: skip
# Loggers whose lines repeat what the action server wrote; patches.report_failed_actions logs the name of the action instead.
_REPEATS_REPLIES = frozenset({"rasa.core.actions.action"})
_TOO_CHATTY = frozenset({"DEBUG", "NOTSET", "TRACE"})


def outline(error: BaseException | None) -> str:
    """Where and as what an exception and its causes were raised, without any of their messages."""
    lines: list[str] = []
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        frames = traceback.extract_tb(error.__traceback__)[-12:]
        lines.append(f"{type(error).__module__}.{type(error).__qualname__}")
        lines += [f"  {frame.filename}:{frame.lineno} in {frame.name}" for frame in frames]
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return "\n".join(lines)


class OutlineExceptions(logging.Filter):
    """Replaces the exception of a record by its outline, and lines that repeat a reply of the action server."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Keeps every record."""
        if record.name in _REPEATS_REPLIES:
            record.msg, record.args = "an action was rejected, or its call failed", ()
        if isinstance(record.exc_info, tuple):
            record.exc_text = outline(record.exc_info[1])
            record.exc_info = None
        return True


def quiet_level(environ: MutableMapping[str, str]) -> str:
    """Raises ``LOG_LEVEL`` in the environment to INFO where it is lower or unknown, and returns it."""
    level = environ.get("LOG_LEVEL", LOWEST_LEVEL).strip().upper()
    if level in _TOO_CHATTY or not isinstance(logging.getLevelName(level), int):
        level = LOWEST_LEVEL
    environ["LOG_LEVEL"] = level
    return level


def without_texts(_logger: object, _method: str, entry: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A structlog processor: the entry without fields that can hold a text, and its exception as an outline."""
    for name in _TEXT_FIELDS & entry.keys():
        del entry[name]
    error = entry.pop("exc_info", None)
    if error:
        found = error if isinstance(error, BaseException) else sys.exc_info()[1]
        entry["raised"] = outline(found)
    return entry


def keep_texts_out_of_rasa_logs(environ: MutableMapping[str, str]) -> None:
    """Makes Rasa set up its structured log with ``without_texts`` and as JSON lines. Call it before Rasa's command line."""
    environ["FORCE_JSON_LOGGING"] = "1"
    import rasa.utils.log_utils
    import structlog

    rasa.utils.log_utils.FORCE_JSON_LOGGING = "1"
    structlog.processors.dict_tracebacks = without_texts  # type: ignore[assignment]  # Rasa uses it as a processor only


def outline_exceptions_everywhere() -> None:
    """Every log record of this process passes through ``OutlineExceptions`` before any handler, whichever logger made it."""
    stock_factory = logging.getLogRecordFactory()
    outliner = OutlineExceptions()

    def make_record(*args: Any, **kwargs: Any) -> logging.LogRecord:
        record = stock_factory(*args, **kwargs)
        outliner.filter(record)
        return record

    logging.setLogRecordFactory(make_record)


def writes_json(environ: Mapping[str, str]) -> bool:
    """Whether log lines are JSON: as LOG_FORMAT says; where it says nothing, everywhere but on a terminal."""
    wanted = environ.get("LOG_FORMAT", "auto").strip().lower()
    return wanted == "json" or (wanted != "text" and not sys.stdout.isatty())


def process_name(environ: Mapping[str, str]) -> str:
    """``engine``, or ``engine-a`` and ``engine-b`` in a slot."""
    slot = environ.get("ENGINE_SLOT", "").strip()
    return f"engine-{slot}" if slot else "engine"


def line_of_progress(text: str, environ: Mapping[str, str] = os.environ) -> str:
    """What the launcher tells of its start, as a line of the log: it is no event of a library."""
    if not writes_json(environ):
        return f"engine: {text}"
    moment = datetime.now(UTC).isoformat(timespec="milliseconds")
    fields = {"ts": moment, "level": "INFO", "event": f"engine: {text}", "process": process_name(environ)}
    return json.dumps(fields, ensure_ascii=False)
