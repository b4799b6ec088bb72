"""HttpPortal against the real simulator over HTTP: every status, every trap, every way to misbehave."""

import json
import threading
import time
import unicodedata
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from bot.portal.errors import (
    ContractChanged,
    CredentialsRefused,
    NotFound,
    PortalError,
    TooManyAttempts,
    Unavailable,
)
from bot.portal.http_portal import MAX_ANSWER_BYTES, HttpPortal
from bot.portal.oauth import ClientCredentials
from bot.portal.records import Dossier, LookupFactor

CREDENTIALS = ClientCredentials("motcua", "a-client-secret-for-tests")


def look_up(portal: Any, name: str, **client: Any) -> Dossier:
    demo = portal.by_counter[name]
    dossier: Dossier = portal.client(**client).lookup_dossier(demo.code, LookupFactor(demo.lookup_code), on_behalf_of=name)
    return dossier


@pytest.mark.parametrize("status", range(1, 11))
def test_every_status_is_read(portal: Any, status: int) -> None:
    name = next(name for name, demo in portal.by_counter.items() if demo.record["TrangThaiHoSo"] == status)
    dossier = look_up(portal, name)
    assert dossier.status_code == str(status)
    assert dossier.dossier_code == portal.by_counter[name].code


def test_no_personal_data_comes_through(portal: Any) -> None:
    for name in portal.by_counter:
        shown = unicodedata.normalize("NFC", str(look_up(portal, name)))
        assert "Mẫu Thử" not in shown
        assert "000000000001" not in shown


def test_unknown_code_and_wrong_factor_look_the_same(portal: Any) -> None:
    client = portal.client()
    demo = portal.by_counter["H05.0001"]
    with pytest.raises(NotFound) as unknown:
        client.lookup_dossier("H05.12.3-260101-9999", LookupFactor("7K2M"))
    with pytest.raises(NotFound) as wrong:
        client.lookup_dossier(demo.code, LookupFactor("ZZZ9"))
    assert str(unknown.value) == str(wrong.value)


def test_same_number_under_two_prefixes_is_two_dossiers(portal: Any) -> None:
    north, other = portal.by_counter["H05.0001"], portal.by_counter["H02.0001"]
    assert north.code[3:] == other.code[3:]
    assert look_up(portal, "H05.0001").status_code == "4"
    assert look_up(portal, "H02.0001").status_code == "2"
    with pytest.raises(NotFound):
        portal.client().lookup_dossier(other.code, LookupFactor(north.lookup_code))


def test_flattened_national_source_is_told_apart(portal: Any) -> None:
    dossier = look_up(portal, "H05.0016")
    assert (dossier.source_system, dossier.status_code) == ("national", "9")


def test_missing_due_date_is_none(portal: Any) -> None:
    assert look_up(portal, "H05.0012").due_at is None


def test_both_supplement_rounds_arrive_in_order(portal: Any) -> None:
    first, second = look_up(portal, "H05.0013").supplement_requests
    assert first.answered_at is not None
    assert second.answered_at is None
    assert first.requested_at.day < second.requested_at.day
    assert (first.item_count, second.item_count) == (3, 1)


def test_day_without_time_gets_no_invented_time(portal: Any) -> None:
    received = look_up(portal, "H05.0014").received_at
    assert received is not None
    assert received.at is None


def test_names_written_in_nfd_arrive_in_nfc(portal: Any) -> None:
    unit = look_up(portal, "H05.0014").current_unit
    assert unit == "Trung tâm Phục vụ hành chính công phường Kinh Bắc"


def test_unknown_status_code_is_passed_on_as_it_is(portal: Any) -> None:
    assert look_up(portal, "H05.0015").status_code == "11"


def test_old_three_dot_code_is_found(portal: Any) -> None:
    assert look_up(portal, "000.00021").dossier_code.startswith("000.00.00.H05-")


def test_address_of_a_posted_result_stays_away(portal: Any) -> None:
    dossier = look_up(portal, "H05.0018")
    assert (dossier.result_method, dossier.result_place) == ("post", None)


def test_wrong_token_is_for_the_operator(portal: Any) -> None:
    with pytest.raises(CredentialsRefused):
        look_up(portal, "H05.0001", secret="another")


def test_limit_per_dossier_says_how_long_to_wait(portal: Any) -> None:
    client, demo = portal.client(), portal.by_counter["H05.0001"]
    for _ in range(5):
        with pytest.raises(NotFound):
            client.lookup_dossier(demo.code, LookupFactor("ZZZ9"))
    with pytest.raises(TooManyAttempts) as limited:
        client.lookup_dossier(demo.code, LookupFactor(demo.lookup_code))
    assert 60 < limited.value.retry_after <= 15 * 60


def test_limit_of_one_person_is_not_everybodys(portal: Any) -> None:
    client, demo = portal.client(), portal.by_counter["H05.0001"]
    for _ in range(20):
        client.lookup_dossier(demo.code, LookupFactor(demo.lookup_code), on_behalf_of="one")
    with pytest.raises(TooManyAttempts):
        client.lookup_dossier(demo.code, LookupFactor(demo.lookup_code), on_behalf_of="one")
    assert client.lookup_dossier(demo.code, LookupFactor(demo.lookup_code), on_behalf_of="two").status_code == "4"


@pytest.mark.parametrize("mode", ["html_503", "http_500"])
def test_server_errors_are_unavailable(portal: Any, mode: str) -> None:
    portal.fault(mode)
    with pytest.raises(Unavailable):
        look_up(portal, "H05.0001")


def test_one_503_is_tried_again(portal: Any) -> None:
    portal.fault("html_503", count=1)
    assert look_up(portal, "H05.0001").status_code == "4"


def test_two_503_in_a_row_are_not_tried_a_third_time(portal: Any) -> None:
    portal.fault("html_503", count=2)
    with pytest.raises(Unavailable):
        look_up(portal, "H05.0001")
    assert look_up(portal, "H05.0001").status_code == "4"


def test_500_is_not_tried_again(portal: Any) -> None:
    portal.fault("http_500", count=1)
    with pytest.raises(Unavailable):
        look_up(portal, "H05.0001")


def test_wrong_json_is_a_changed_contract(portal: Any) -> None:
    portal.fault("wrong_json")
    with pytest.raises(ContractChanged):
        look_up(portal, "H05.0001")


@pytest.mark.parametrize("mode", ["slow", "timeout"])
def test_late_answer_is_unavailable_within_the_time_limit(portal: Any, mode: str) -> None:
    portal.fault(mode, seconds=4, count=1)
    client, demo = portal.client(total_seconds=0.5), portal.by_counter["H05.0001"]
    began = time.monotonic()
    with pytest.raises(Unavailable):
        client.lookup_dossier(demo.code, LookupFactor(demo.lookup_code))
    assert time.monotonic() - began < 3


def test_default_time_limit_is_three_seconds(portal: Any) -> None:
    portal.fault("timeout", seconds=20, count=1)
    client, demo = HttpPortal(portal.url, CREDENTIALS), portal.by_counter["H05.0001"]
    portal.clients.append(client)
    began = time.monotonic()
    with pytest.raises(Unavailable):
        client.lookup_dossier(demo.code, LookupFactor(demo.lookup_code))
    assert 2.5 < time.monotonic() - began < 6


def test_slow_but_in_time_is_answered(portal: Any) -> None:
    portal.fault("slow", seconds=0.2, count=1)
    assert look_up(portal, "H05.0001").status_code == "4"


def test_nobody_listening_is_unavailable() -> None:
    client = HttpPortal("http://127.0.0.1:1", CREDENTIALS)
    with pytest.raises(Unavailable):
        client.lookup_dossier("H05.12.3-260101-0001", LookupFactor("7K2M"))
    client.close()


def test_name_that_does_not_resolve_is_unavailable() -> None:
    client = HttpPortal("http://portal.invalid", CREDENTIALS)
    with pytest.raises(Unavailable):
        client.lookup_dossier("H05.12.3-260101-0001", LookupFactor("7K2M"))
    client.close()


def test_many_threads_share_one_client(portal: Any) -> None:
    client, demo = portal.client(total_seconds=20), portal.by_counter["H05.0001"]

    def one(number: int) -> str:
        found: Dossier = client.lookup_dossier(demo.code, LookupFactor(demo.lookup_code), on_behalf_of=f"person-{number}")
        return found.status_code

    with ThreadPoolExecutor(24) as threads:
        assert set(threads.map(one, range(60))) == {"4"}


def test_lookup_code_never_shows_in_a_representation() -> None:
    assert "7K2M" not in repr(LookupFactor("7K2M"))


@pytest.mark.parametrize(("url", "secret"), [("ftp://portal", "t"), ("portal", "t"), ("http://portal", "")])
def test_unusable_settings_stop_the_start(url: str, secret: str) -> None:
    with pytest.raises(ValueError, match="portal_"):
        HttpPortal(url, ClientCredentials("motcua", secret))


class HostilePortal:
    """A server that answers each call with prepared raw bytes."""

    def __init__(self) -> None:
        self.answer: bytes | Iterator[bytes] = b""
        self.requests: list[tuple[str, dict[str, str]]] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                self.rfile.read(int(self.headers["Content-Length"]))
                if self.path == "/oauth/token":
                    self.wfile.write(http("200 OK", GRANTED, JSON))
                    self.close_connection = True
                    return
                outer.requests.append((self.path, dict(self.headers.items())))
                pieces = [outer.answer] if isinstance(outer.answer, bytes) else outer.answer
                try:
                    for piece in pieces:
                        self.wfile.write(piece)
                        self.wfile.flush()
                except OSError:
                    return
                self.close_connection = True

            def log_message(self, format: str, *args: Any) -> None: ...

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05})
        self._thread.start()
        self.client = HttpPortal(f"http://127.0.0.1:{self._server.server_port}", CREDENTIALS, total_seconds=1.0)

    def close(self) -> None:
        self.client.close()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def outcome(self, answer: bytes | Iterator[bytes]) -> type[PortalError] | None:
        self.answer = answer
        try:
            self.client.lookup_dossier("H05.12.3-260101-0001", LookupFactor("7K2M"))
        except PortalError as error:
            return type(error)
        return None


@pytest.fixture
def hostile() -> Iterator[HostilePortal]:
    server = HostilePortal()
    yield server
    server.close()


def http(status: str, body: bytes, *headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Connection: close", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


JSON = "Content-Type: application/json"
GRANTED = b'{"access_token": "t", "token_type": "Bearer", "expires_in": 600}'
NOTHING = (
    "procedure_code",
    "procedure_name",
    "receiving_unit",
    "received_at",
    "due_at",
    "ended_at",
    "current_step",
    "current_unit",
)
SOUND = json.dumps(
    dict.fromkeys((*NOTHING, "must_act", "result_method", "result_place"))
    | {"dossier_code": "H05.12.3-260101-0001", "source_system": "provincial", "status_code": "4"}
    | {"as_of": "2026-08-05T14:30:00+07:00", "supplement_requests": []}
).encode()


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (http("302 Found", b"", "Location: http://127.0.0.1:1/elsewhere"), ContractChanged),
        (http("404 Not Found", b"<h1>Not Found</h1>", "Content-Type: text/html"), ContractChanged),
        (http("404 Not Found", b'{"type": "about:blank"}', "Content-Type: application/problem+json"), ContractChanged),
        (http("404 Not Found", b"[]", "Content-Type: application/problem+json"), ContractChanged),
        (http("200 OK", b"<html></html>", "Content-Type: text/html"), ContractChanged),
        (http("200 OK", b"", JSON), ContractChanged),
        (http("200 OK", b"[" * 100_000, JSON), ContractChanged),
        (http("200 OK", b"\xff\xfe\x00", JSON), ContractChanged),
        (http("200 OK", b"9" * 50_000, JSON), ContractChanged),
        (http("200 OK", SOUND + b" " * MAX_ANSWER_BYTES, JSON), ContractChanged),
        (http("200 OK", SOUND.replace(b"H05.12.3", b"H02.12.3"), JSON), ContractChanged),
        (http("200 OK", SOUND + b" " * (MAX_ANSWER_BYTES // 2), JSON), None),
        (http("200 OK", b"{}", JSON, "Content-Encoding: gzip"), ContractChanged),
        (http("422 Unprocessable Content", b"{}", JSON), ContractChanged),
        (http("204 No Content", b""), ContractChanged),
        (http("403 Forbidden", b""), CredentialsRefused),
        (http("429 Too Many Requests", b"", "Retry-After: Wed, 21 Oct 2026 07:28:00 GMT"), TooManyAttempts),
        (b"this is not HTTP at all\r\n\r\n", Unavailable),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n" + JSON.encode() + b"\r\n\r\n{", Unavailable),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n" + JSON.encode() + b"\r\n\r\nZZ\r\n", Unavailable),
        (b"", Unavailable),
    ],
)
def test_hostile_answers_have_a_name(hostile: HostilePortal, answer: bytes, error: type[PortalError] | None) -> None:
    assert hostile.outcome(answer) is error


def test_endless_dripping_answer_ends_with_the_time_limit(hostile: HostilePortal) -> None:
    stop = threading.Event()

    def drip() -> Iterator[bytes]:
        yield b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n" + JSON.encode() + b"\r\n\r\n"
        while not stop.wait(0.1):
            yield b" "

    began = time.monotonic()
    try:
        assert hostile.outcome(drip()) is Unavailable
        assert time.monotonic() - began < 5
    finally:
        stop.set()


def test_cookies_are_not_kept(hostile: HostilePortal) -> None:
    for _ in range(2):
        hostile.outcome(http("500 Oops", b"", "Set-Cookie: session=1; Path=/"))
    assert all("Cookie" not in headers for _, headers in hostile.requests)


def test_codes_never_stand_in_the_address(hostile: HostilePortal) -> None:
    hostile.outcome(http("500 Oops", b""))
    assert [path for path, _ in hostile.requests] == ["/v1/dossiers/lookup"]


def test_closed_client_says_unavailable(hostile: HostilePortal) -> None:
    hostile.client.close()
    assert hostile.outcome(b"") is Unavailable
