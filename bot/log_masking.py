"""The last line of defence of every process's log: private numbers, addresses and keys that slip into a record are masked before
any handler writes it. What is logged on purpose are ids and counts; this is for what was not meant to be there."""

import logging
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any
from urllib.parse import unquote

from bot.language.masking import find_private, masked

_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
_OWN_ID = re.compile(r"[0-9a-f]{16,64}(?:[.:\-][0-9a-f]{1,16})*|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_TOKEN = re.compile(r"[A-Za-z0-9_.:\-]+")
_SECRETS = re.compile(
    r"(?i)(?P<name>access_token|refresh_token|appsecret_proof|client_secret|secret|password|token|authorization|bearer|lookup_code|otp)"
    r"(?P<sign>['\"]?\s?[=:]\s?['\"]?(?:Bearer )?|\s)(?P<value>[A-Za-z0-9_\-.~+/]{12,}=*)"
)
_BOT_PATH = re.compile(r"/bot[0-9]{3,}:[A-Za-z0-9_\-]{20,}")
_WORD = re.compile(r"[^\s\"'<>?&=]+")
_WORTH_A_LOOK = re.compile(r"\d\d|@|%[0-9A-Fa-f]{2}|(?:\s\w+){7}")
_DEPTH = 6
_LONGEST = 20_000
"""A record longer than this is cut: no line of ours is."""

_factory_of_before: Callable[..., logging.LogRecord] | None = None


def masked_text(text: str) -> str:
    """The text with everything private masked; our own ids stay. Total."""
    text = text if len(text) <= _LONGEST else text[:_LONGEST] + "…"
    if _OWN_ID.fullmatch(text):
        # Nearly every line carries some, and looking into them for somebody's number is most of what a line costs.
        return text
    text = _BOT_PATH.sub("/bot***", _SECRETS.sub(lambda match: f"{match['name']}{match['sign']}***", text))
    if not _WORTH_A_LOOK.search(text):
        return text
    text = _WORD.sub(_masked_encoded, text) if "%" in text else text
    # Line by line: a trace's columns of figures are no number of anybody.
    return "\n".join(_masked_line(line) for line in text.split("\n"))


def _masked_encoded(match: re.Match[str]) -> str:
    """Part of an address; shown decoded where something private is in it."""
    if "%" not in match.group():
        return match.group()
    plain = unquote(match.group().replace("+", " "))
    hidden = _masked_line(plain)
    return match.group() if hidden == plain else hidden


def _masked_line(line: str) -> str:
    if _OWN_ID.fullmatch(line):
        return line
    spans = find_private(line)
    if not spans:
        return line
    own = [match.span() for match in _TOKEN.finditer(line) if _OWN_ID.fullmatch(match.group())]
    pieces, last = [], 0
    for span in spans:
        if any(start <= span.start and span.end <= end for start, end in own):
            continue
        pieces += [line[last : span.start], masked(span.kind, span.value)]
        last = span.end
    return "".join(pieces) + line[last:]


def _masked_value(value: Any, depth: int = 0) -> Any:
    if isinstance(value, str):
        return masked_text(value)
    if isinstance(value, bool | int | float) or value is None:
        return value
    if depth > _DEPTH:
        return "…"
    if isinstance(value, Mapping):
        return {_masked_value(key, depth + 1): _masked_value(one, depth + 1) for key, one in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_masked_value(one, depth + 1) for one in value]
    return masked_text(str(value))


class MaskingFilter(logging.Filter):
    """Masks the fields that a record carries beside its message (``extra``)."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Always true."""
        for name, value in list(vars(record).items()):
            if name not in _STANDARD:
                setattr(record, name, _masked_value(value))
        mask_record(record)
        return True


def mask_record(record: logging.LogRecord) -> None:
    """Masks a record's message and its trace in place; doing it twice changes nothing."""
    try:
        message = record.getMessage()
    except (TypeError, ValueError, KeyError):
        # Arguments that do not fit the message: the fault of whoever logged, and no reason to lose the record.
        message = f"{record.msg} {record.args}"
    record.msg, record.args = masked_text(message), None
    if record.exc_info and record.exc_info[0] is not None and not record.exc_text:
        record.exc_text = logging.Formatter().formatException(record.exc_info)
    if record.exc_text:
        record.exc_text = masked_text(record.exc_text)
    if record.stack_info:
        record.stack_info = masked_text(record.stack_info)


def guard_logs(handlers: Iterable[logging.Handler] = ()) -> None:
    """From now on every record of this process is masked as it is made, whoever's logger and handler it is; ``handlers`` mask the
    extra fields too, which are added later. May be called again."""
    global _factory_of_before
    if _factory_of_before is None:
        _factory_of_before = logging.getLogRecordFactory()
        logging.setLogRecordFactory(_make_record)
    for handler in handlers:
        if not any(isinstance(known, MaskingFilter) for known in handler.filters):
            handler.addFilter(MaskingFilter())


def _make_record(*args: Any, **kwargs: Any) -> logging.LogRecord:
    assert _factory_of_before is not None
    record = _factory_of_before(*args, **kwargs)
    mask_record(record)
    return record
