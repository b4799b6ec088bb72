"""Logs of our long-running programs: one JSON object per line, ids and numbers only, never a message's text."""

import json
import logging
import sys
from datetime import UTC, datetime
from typing import Any

from bot.log_masking import guard_logs

_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "color_message", "taskName"}
# These libraries log addresses, bodies or statements below WARNING.
_QUIET = ("httpx", "httpcore", "sse_starlette", "sqlalchemy", "alembic", "uvicorn.access", "asyncio")


class JsonLines(logging.Formatter):
    """A record as one line of JSON: time, level, event, and the record's ``extra`` fields."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "event": record.getMessage(),
        }
        line |= {key: value for key, value in vars(record).items() if key not in _STANDARD}
        if record.exc_info and record.exc_info[0] is not None:
            line["error"] = record.exc_info[0].__name__
            line["trace"] = record.exc_text or self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False, default=str)


def configure_logging(level: str) -> None:
    """Sends all logs to standard error as JSON lines. Raises ``ValueError`` for an unknown level."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    guard_logs([handler])
    root.setLevel(level.upper())
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
