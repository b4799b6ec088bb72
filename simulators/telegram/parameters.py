"""Reading a call: query string, form, multipart or JSON; values come as text, or typed where the body is JSON."""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException
from starlette.requests import Request

from simulators.messaging.orders import SentFile
from simulators.telegram.errors import BotApiError, bad_request

MAX_BODY_BYTES = 51 * 1024 * 1024
_FIELD_BYTES = 1024 * 1024


@dataclass(frozen=True)
class Call:
    """A method's name as sent, its parameters and its uploaded files."""

    method: str
    values: Mapping[str, Any] = field(default_factory=dict)
    files: Mapping[str, SentFile] = field(default_factory=dict)

    def has(self, name: str) -> bool:
        """Whether the parameter was sent with a value."""
        return self.values.get(name) not in (None, "")

    def text(self, name: str, default: str = "") -> str:
        """A string. Raises 400 for a JSON object or list."""
        value = self.values.get(name)
        if value is None:
            return default
        if isinstance(value, dict | list):
            raise bad_request(f'field "{name}" must be of type String')
        return value if isinstance(value, str) else json.dumps(value)

    def integer(self, name: str, default: int | None = None) -> int | None:
        """A whole number, also as text. Raises 400 for anything else."""
        if not self.has(name):
            return default
        value = self.values[name]
        try:
            if isinstance(value, bool | float | dict | list):
                raise ValueError
            number = int(value)
        except ValueError:
            raise bad_request(f'field "{name}" must be a valid Number') from None
        if abs(number) >= 2**63:
            raise bad_request(f'field "{name}" must be a valid Number')
        return number

    def number(self, name: str) -> float | None:
        """A number, also as text. Raises 400 for anything else."""
        if not self.has(name):
            return None
        try:
            return float(self.text(name))
        except ValueError:
            raise bad_request(f'field "{name}" must be a valid Number') from None

    def boolean(self, name: str) -> bool:
        """As the server reads it: true, yes and 1 are true."""
        value = self.values.get(name)
        return value is True or str(value).lower() in ("true", "yes", "1")

    def structure(self, name: str, what: str) -> Any:
        """An object or a list: JSON in a string, or itself in a JSON body; None where absent. Raises 400 where it is not JSON."""
        if not self.has(name):
            return None
        value = self.values[name]
        if isinstance(value, str):
            try:
                return json.loads(value)
            except (json.JSONDecodeError, RecursionError):
                raise bad_request(f"can't parse {what} JSON object") from None
        return value

    def refuse_unknown(self, known: Collection[str]) -> None:
        """Stricter than the platform, which ignores what it does not know: a misspelt parameter must not go unseen."""
        uploads = {value.removeprefix("attach://") for value in self.values.values() if _names_upload(value)}
        unknown = sorted((set(self.values) | (set(self.files) - uploads)) - set(known))
        if unknown:
            raise bad_request(f"unknown parameter {', '.join(unknown)} (simulator, strict)")


def _names_upload(value: Any) -> bool:
    return isinstance(value, str) and value.startswith("attach://")


async def read_call(request: Request, method: str) -> Call:
    """The call in this request. Raises ``BotApiError`` 400 or 413 for a body that cannot be read."""
    length = request.headers.get("content-length", "0")
    if length.isdecimal() and int(length) > MAX_BODY_BYTES:
        raise BotApiError(413, "Request Entity Too Large")
    values: dict[str, Any] = dict(request.query_params)
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if request.method == "GET":
        return Call(method, values)
    if kind == "multipart/form-data":
        fields, files = await _read_multipart(request)
        return Call(method, values | fields, files)
    body = await _read_body(request)
    if kind == "application/json":
        return Call(method, values | parse_json(body))
    if kind == "application/x-www-form-urlencoded":
        return Call(method, values | parse_form(body))
    if body:
        raise bad_request(f"unsupported content type {kind!r} (simulator, strict)")
    return Call(method, values)


def parse_json(body: bytes) -> dict[str, Any]:
    """Parameters from a JSON body; an empty body has none. Raises 400 where it is not an object."""
    try:
        value = json.loads(body) if body.strip() else {}
    except (ValueError, RecursionError):
        raise bad_request("can't parse JSON object") from None
    if not isinstance(value, dict):
        raise bad_request("object expected")
    return value


def parse_form(body: bytes) -> dict[str, str]:
    """Parameters from a urlencoded body. Raises 400 where the text is not UTF-8."""
    try:
        return dict(parse_qsl(body.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=1000))
    except ValueError:
        raise bad_request("strings must be encoded in UTF-8") from None


async def _read_body(request: Request) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY_BYTES:
            raise BotApiError(413, "Request Entity Too Large")
    return bytes(body)


async def _read_multipart(request: Request) -> tuple[dict[str, str], dict[str, SentFile]]:
    fields: dict[str, str] = {}
    files: dict[str, SentFile] = {}
    try:
        async with request.form(max_files=20, max_fields=200, max_part_size=_FIELD_BYTES) as form:
            for name, value in form.items():
                if isinstance(value, UploadFile):
                    kind = value.content_type or "application/octet-stream"
                    files[name] = SentFile(value.filename or "file", kind, await value.read())
                else:
                    fields[name] = value
    except MultiPartException as error:
        raise bad_request(f"can't parse multipart: {error.message}") from None
    return fields, files
