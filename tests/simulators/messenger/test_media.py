"""Files: signed links of citizens' files, uploads and their ids, addresses that must be fetched."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest

from tests.simulators.messenger.harness import LAN, MESSAGES, PAGE, TOKEN, Messenger, Receiver, error_of, serving_http
from tests.waiting import wait_for

UPLOAD = f"/v25.0/{PAGE}/message_attachments"
PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 100
MB = 1024 * 1024


def attachment(kind: str, **payload: Any) -> dict[str, Any]:
    return {"attachment": {"type": kind, "payload": payload}}


@pytest.fixture
def files() -> Iterator[str]:
    """A file server: /a.png, /big.png, /huge.pdf, /slow.png, /moved.png."""
    done = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            sizes = {"/a.png": 100, "/big.png": 8 * MB + 1, "/huge.pdf": 25 * MB + 1}
            if self.path == "/slow.png":
                done.wait(20)
            if self.path not in sizes:
                self.send_response(302 if self.path == "/moved.png" else 404)
                self.send_header("Location", "/a.png")
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            try:
                self.send_response(200)
                self.send_header("Content-Type", "image/png" if self.path.endswith("png") else "application/pdf")
                self.send_header("Content-Length", str(sizes[self.path]))
                self.end_headers()
                self.wfile.write(b"0" * sizes[self.path])
            except OSError:
                return  # the platform no longer reads

        def log_message(self, *_args: Any) -> None:
            return

    with serving_http(Handler) as url:
        yield url
        done.set()


def sent_file(messenger: Messenger, name: str = "cccd.png", kind: str = "image/png", text: str = "") -> dict[str, Any]:
    form = {"kind": "image"} | ({"text": text} if text else {})
    answer = messenger.control.post(f"/_sim/users/{LAN}/send_file", data=form, files={"file": (name, PNG, kind)})
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


def test_a_citizens_file_is_a_signed_link_that_expires(messenger: Messenger, hook: Receiver) -> None:
    messenger.person(wrote=False)
    sent_file(messenger, name="ảnh/căn cước.png", text="Ảnh đây")
    wait_for(lambda: len(hook.events("message")) == 2)
    sent = next(event["message"] for event in hook.events("message") if "attachments" in event["message"])
    url = sent["attachments"][0]["payload"]["url"]
    got = messenger.api.get(url)
    assert (got.status_code, got.content, got.headers["content-type"]) == (200, PNG, "image/png")
    assert messenger.api.get(url.replace("oh=", "oh=0")).text == "Bad URL hash"
    assert messenger.api.get(url.split("?")[0]).status_code == 403
    messenger.advance(days=1, seconds=1)
    expired = messenger.api.get(url)
    assert (expired.status_code, expired.text) == (403, "URL signature expired")
    assert [m["text"] for m in messenger.screen()] == ["", "Ảnh đây"]
    shown = messenger.screen()[0]["attachments"][0]
    assert shown["kind"] == "image"
    assert shown["preview"].startswith("data:image/png;base64,")


def test_a_page_that_a_citizen_sends_does_not_run(messenger: Messenger) -> None:
    messenger.person(wrote=False)
    sent_file(messenger, name="a.html", kind="text/html")
    url = messenger.screen()[0]["attachments"][0]["url"]
    got = messenger.api.get(url)
    assert got.headers["content-type"] == "application/octet-stream"
    assert got.headers["content-security-policy"] == "sandbox"


def test_an_uploaded_file_can_be_sent_again_for_ninety_days(messenger: Messenger, hook: Receiver) -> None:
    messenger.person()
    form = {"message": '{"attachment":{"type":"file","payload":{"is_reusable":true}}}'}
    made = messenger.api.post(
        UPLOAD, params={"access_token": TOKEN}, data=form, files={"filedata": ("don.pdf", b"%PDF", "application/pdf")}
    )
    attachment_id = made.json()["attachment_id"]
    answer = messenger.call(LAN, attachment("file", attachment_id=attachment_id)).json()
    assert answer["attachment_id"] == attachment_id
    echoed = hook.one("echo")["message"]["attachments"][0]
    assert messenger.api.get(echoed["payload"]["url"]).content == b"%PDF"
    assert messenger.screen()[-1]["attachments"][0]["name"] == "don.pdf"
    assert error_of(messenger.call(LAN, attachment("image", attachment_id=attachment_id))) == (400, 100, 2018047)
    assert error_of(messenger.call(LAN, attachment("file", attachment_id="404"))) == (400, 100, 2018074)
    messenger.advance(days=91)
    messenger.does(LAN, "say", text="Gửi lại giúp")
    assert error_of(messenger.call(LAN, attachment("file", attachment_id=attachment_id))) == (400, 100, 2018074)


def test_a_file_goes_along_with_its_message(messenger: Messenger) -> None:
    messenger.person()
    form = {
        "recipient": f'{{"id":"{LAN}"}}',
        "messaging_type": "RESPONSE",
        "message": '{"attachment":{"type":"image","payload":{"is_reusable":false}}}',
        "access_token": TOKEN,
    }
    sent = messenger.api.post(MESSAGES, data=form, files={"filedata": ("a.png", PNG, "image/png")})
    assert set(sent.json()) == {"recipient_id", "message_id"}
    wrong = messenger.api.post(MESSAGES, data=form, files={"filedata": ("a.pdf", b"%PDF", "application/pdf")})
    assert error_of(wrong) == (400, 100, 2018047)
    big = messenger.api.post(MESSAGES, data=form, files={"filedata": ("a.png", b"0" * (8 * MB + 1), "image/png")})
    assert error_of(big) == (400, 100, 2018109)
    other_name = messenger.api.post(MESSAGES, data=form, files={"file": ("a.png", PNG, "image/png")})
    assert error_of(other_name) == (400, 100, None)


def test_addresses_are_fetched(messenger: Messenger, files: str) -> None:
    messenger.person()
    messenger.send(LAN, attachment("image", url=f"{files}/a.png"))
    assert messenger.screen()[-1]["attachments"][0]["size"] == 100
    refusals = {
        f"{files}/missing.png": 2018008,
        f"{files}/moved.png": 2018008,
        f"{files}/big.png": 2018109,
        f"{files}/huge.pdf": 2018109,
        "http://127.0.0.1:1/a.png": 2018008,
        "http://127.0.0.1:99999/a.png": None,
    }
    for url, subcode in refusals.items():
        assert error_of(messenger.call(LAN, attachment("image", url=url))) == (400, 100, subcode), url
    assert error_of(messenger.call(LAN, attachment("audio", url=f"{files}/a.png"))) == (400, 100, 2018047)


def test_an_address_that_answers_too_late(messenger: Messenger, files: str) -> None:
    messenger.person()
    messenger.knobs(fetch_seconds=0.1, video_fetch_seconds=0.1)
    assert error_of(messenger.call(LAN, attachment("image", url=f"{files}/slow.png"))) == (400, 100, 2018008)
    assert error_of(messenger.call(LAN, attachment("video", url=f"{files}/slow.png"))) == (400, 100, 2018294)


def test_an_address_outside_is_taken_unseen_and_a_platforms_never_fetched(messenger: Messenger) -> None:
    messenger.person()
    outside = "https://dichvucong.example/mau.pdf"
    messenger.send(LAN, attachment("file", url=outside))
    shown = messenger.screen()[-1]["attachments"][0]
    assert (shown["url"], shown["size"]) == (outside, None)
    messenger.knobs(fetch_external=True)
    real = messenger.call(LAN, attachment("image", url="https://scontent.fbcdn.net/a.png"))
    assert error_of(real) == (400, 100, 2018008)


@pytest.mark.parametrize("body", [b"--x\r\nnonsense", b"", b"--x--"])
def test_a_broken_multipart_body(messenger: Messenger, body: bytes) -> None:
    messenger.person()
    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    answer = messenger.api.post(MESSAGES, params={"access_token": TOKEN}, content=body, headers=headers)
    assert error_of(answer)[:2] == (400, 100)
    without = messenger.api.post(
        MESSAGES, params={"access_token": TOKEN}, content=b"a", headers={"Content-Type": "multipart/form-data"}
    )
    assert error_of(without) == (400, 100, None)
