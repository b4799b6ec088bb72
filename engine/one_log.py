"""The serving engine's log lines look like those of all other processes: one JSON object each, with the same fields, masked; or
text where LOG_FORMAT says so or a person looks on (docs/operators/logs.md). ``bot.logs`` is the same elsewhere."""

import json
import logging
import re
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from bot.language.masking import find_private, masked
from engine import tracing
from engine.logs import LOWEST_LEVEL, process_name, writes_json

_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "hostname", "programname", "username"}
_OWN_ID = re.compile(r"[0-9a-f]{16,64}(?:[.:\-][0-9a-f]{1,16})*")
_TOKEN = re.compile(r"[A-Za-z0-9_.:\-]+")


def fields_of(record: logging.LogRecord, process: str) -> dict[str, Any]:
    """A record, or one of Rasa's structured entries, as the fields of its line, masked."""
    said = record.getMessage()
    entry = _structured(said)
    fields: dict[str, Any] = {
        "ts": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
        "level": record.levelname,
        "event": without_numbers(str(entry.pop("event", "")) if entry else said),
        "process": process,
        "logger": record.name,
    }
    if (trace := tracing.trace_id()) is not None:
        fields["trace_id"] = trace
    carried = {**entry, **{name: value for name, value in vars(record).items() if name not in _STANDARD}}
    fields |= {
        name: without_numbers(str(value)) if not isinstance(value, bool | int | float) else value
        for name, value in carried.items()
        if name not in fields
    }
    if record.exc_text:
        fields["trace"] = without_numbers(record.exc_text)
    return fields


def _structured(said: str) -> dict[str, Any]:
    try:
        entry = json.loads(said) if said.startswith("{") else {}
    except ValueError:
        return {}
    return entry if isinstance(entry, dict) else {}


def without_numbers(text: str) -> str:
    """The text with private numbers masked, should one slip in; our own ids stay. Columns of a trace are no number."""
    return "\n".join(_masked_line(line) for line in text.split("\n"))


def _masked_line(line: str) -> str:
    own = [match.span() for match in _TOKEN.finditer(line) if _OWN_ID.fullmatch(match.group())]
    for found in reversed(find_private(line)):
        if not any(start <= found.start and found.end <= end for start, end in own):
            line = line[: found.start] + masked(found.kind, found.value) + line[found.end :]
    return line


class OneLineEach(logging.Formatter):
    """JSON lines, or text lines with the same fields."""

    def __init__(self, process: str, *, as_json: bool) -> None:
        super().__init__()
        self._process, self._json = process, as_json

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        fields = fields_of(record, self._process)
        if self._json:
            return json.dumps(fields, ensure_ascii=False, default=str)
        trace = fields.pop("trace", None)
        head = " ".join(str(fields.pop(name)) for name in ("ts", "level", "process", "event"))
        line = " ".join([head, *(f"{name}={value}" for name, value in fields.items())]).replace("\n", "⏎")
        return f"{line}\n{trace}" if trace else line


def write_one_line_each(environ: Mapping[str, str]) -> None:
    """Puts our handler in the place of those that Rasa installs for a terminal. Call it before Rasa's command line."""
    import rasa.utils.io

    def install(level: str | None) -> None:
        handler = logging.StreamHandler(sys.stdout)
        handler.setFormatter(OneLineEach(process_name(environ), as_json=writes_json(environ)))
        root = logging.getLogger()
        root.handlers[:] = [handler]
        root.setLevel(level or environ.get("LOG_LEVEL", LOWEST_LEVEL))
        logging.captureWarnings(True)
        sys.excepthook = _log_the_end

    rasa.utils.io.configure_colored_logging = install


def _log_the_end(kind: type[BaseException], error: BaseException, trace: Any) -> None:
    if not issubclass(kind, KeyboardInterrupt):
        logging.getLogger(__name__).critical("process.crashed", exc_info=(kind, error, trace))
