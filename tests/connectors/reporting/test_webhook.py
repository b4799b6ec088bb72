"""Reports by webhook, against a server on loopback."""

import hashlib
import hmac
import json
from collections.abc import Callable, Iterator

import pytest

from bot.reporting.delivery import DestinationAwayError, DestinationRefusedError
from bot.reporting.view import ReportView
from connectors.reporting.webhook import WebhookSender
from tests.bot.reporting.dossiers import vn
from tests.connectors.gateway.attachments.file_host import (
    FileHost,
    Handler,
    Internet,
    breaks_off,
    endless,
    not_http,
    running_file_host,
    slow_headers,
    status,
)


class Posts(Handler):
    """Takes posts as well."""


def _do_post(handler: Handler) -> None:
    body = handler.rfile.read(int(handler.headers["Content-Length"]))
    handler.host.asked.append(json.dumps({"headers": dict(handler.headers), "body": body.decode()}))
    handler.close_connection = True
    handler.host.pages[handler.path](handler)


@pytest.fixture
def host(monkeypatch: pytest.MonkeyPatch) -> Iterator[FileHost]:
    monkeypatch.setattr(Handler, "do_POST", _do_post, raising=False)
    with running_file_host() as running:
        yield running


def sender(host: FileHost, path: str = "/in", **values: object) -> WebhookSender:
    given = {"url": f"{host.origin}{path}", "secret": "bí mật", "clock": lambda: vn("2026-11-27 06:00"), "local": host.local}
    return WebhookSender(**(given | values))  # type: ignore[arg-type]


def test_the_body_is_signed_with_its_time_and_named_by_the_report(host: FileHost, report: ReportView) -> None:
    host.pages["/in"] = status(204)
    sender(host)(report)
    came = json.loads(host.asked[0])
    headers, body = came["headers"], came["body"].encode()
    assert headers["Idempotency-Key"] == "daily-2026-11-26-r1"
    assert headers["X-Motcua-Timestamp"] == str(int(vn("2026-11-27 06:00").timestamp()))
    signed = headers["X-Motcua-Timestamp"].encode() + b"." + body
    assert headers["X-Motcua-Signature"] == "v1=" + hmac.new("bí mật".encode(), signed, hashlib.sha256).hexdigest()
    told = json.loads(body)
    assert told["figures"]["total"]["received"] == 1234
    assert told["report"] == "daily-2026-11-26-r1"
    assert (
        hashlib.sha256(
            json.dumps(told["figures"], ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
        ).hexdigest()
        == told["figures_sha256"]
    )


@pytest.mark.parametrize(
    ("page", "error", "detail"),
    [
        (status(500), DestinationAwayError, "http_500"),
        (status(503), DestinationAwayError, "http_503"),
        (status(429), DestinationAwayError, "http_429"),
        (status(400), DestinationRefusedError, "http_400"),
        (status(401), DestinationRefusedError, "http_401"),
        (status(302, Location="http://169.254.169.254/latest/meta-data"), DestinationRefusedError, "http_302"),
        (status(307, Location="http://127.0.0.1:1/"), DestinationRefusedError, "http_307"),
        (not_http, DestinationAwayError, "connection_broken"),
    ],
)
def test_what_the_receiver_answers_decides_whether_it_is_tried_again(
    host: FileHost, report: ReportView, page: Callable[[Handler], None], error: type[Exception], detail: str
) -> None:
    host.pages["/in"] = page
    with pytest.raises(DestinationAwayError) as raised:
        sender(host)(report)
    assert (type(raised.value), raised.value.detail) == (error, detail)
    assert len(host.asked) == 1


def test_an_endless_or_broken_answer_is_not_waited_for(host: FileHost, report: ReportView) -> None:
    for page in (endless, breaks_off):
        host.pages["/in"] = page
        sender(host)(report)


def test_a_receiver_that_dawdles_is_given_up(host: FileHost, report: ReportView) -> None:
    host.pages["/in"] = slow_headers
    now = iter(range(0, 10_000, 3))
    with pytest.raises(DestinationAwayError, match="out_of_time"):
        sender(host, monotonic=lambda: float(next(now)))(report)


@pytest.mark.parametrize("inside", ["127.0.0.1", "10.0.0.8", "169.254.169.254", "::1", "::ffff:192.168.1.1"])
def test_a_name_that_leads_inside_is_never_dialled(host: FileHost, report: ReportView, inside: str) -> None:
    network = Internet(host.port)
    with pytest.raises(DestinationRefusedError, match="address_not_public"):
        sender(
            host, url="https://bao-cao.test/in", local=frozenset(), addresses_of=lambda *_: ["1.1.1.1", inside], network=network
        )(report)
    assert network.dialled == []


def test_plain_http_goes_only_to_named_receivers_of_our_own(host: FileHost, report: ReportView) -> None:
    with pytest.raises(DestinationRefusedError, match="not_https"):
        sender(host, local=frozenset())(report)
    assert host.asked == []
