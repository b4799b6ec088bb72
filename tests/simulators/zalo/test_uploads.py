"""Uploads: sizes, extensions, contents, counts; links that end."""

import pytest

from tests.simulators.zalo.harness import JPEG, PDF, PNG, Receiver, Zalo

MEGABYTE = 1024 * 1024
GIF = b"GIF89a" + b"0" * 64
DOC, DOCX = b"\xd0\xcf\x11\xe0" + b"0" * 64, b"PK\x03\x04" + b"0" * 64


@pytest.mark.parametrize(
    ("kind", "name", "content", "field"),
    [
        ("image", "a.png", PNG, "attachment_id"),
        ("image", "a.jpg", JPEG, "attachment_id"),
        ("image", "ảnh CCCD.JPEG", JPEG, "attachment_id"),
        ("image", "a.png", PNG.ljust(MEGABYTE, b"0"), "attachment_id"),
        ("gif", "a.gif", GIF.ljust(5 * MEGABYTE, b"0"), "attachment_id"),
        ("file", "a.pdf", PDF.ljust(5 * MEGABYTE, b"0"), "token"),
        ("file", "a.doc", DOC, "token"),
        ("file", "a.docx", DOCX, "token"),
    ],
)
def test_taken(zalo: Zalo, kind: str, name: str, content: bytes, field: str) -> None:
    answer = zalo.upload(kind, name, content)
    assert answer["error"] == 0
    assert list(answer["data"]) == [field]


@pytest.mark.parametrize(
    ("kind", "name", "content", "code"),
    [
        ("image", "a.png", PNG.ljust(MEGABYTE + 1, b"0"), -210),
        ("gif", "a.gif", GIF.ljust(5 * MEGABYTE + 1, b"0"), -210),
        ("file", "a.pdf", PDF.ljust(5 * MEGABYTE + 1, b"0"), -210),
        ("file", "a.pdf", PDF.ljust(8 * MEGABYTE, b"0"), -210),
        ("image", "a.png", JPEG, -201),
        ("file", "a.pdf", b"MZ" + b"0" * 64, -201),
        ("file", "a.pdf", b"", -201),
    ],
)
def test_refused(zalo: Zalo, kind: str, name: str, content: bytes, code: int) -> None:
    assert zalo.upload(kind, name, content)["error"] == code


@pytest.mark.parametrize(
    ("kind", "name", "content"),
    [("image", "photo", PNG), ("image", "a.webp", PNG), ("file", "a.exe", PDF), ("file", "a.png", PNG), ("gif", "a.png", PNG)],
)
def test_name_without_the_right_extension_gives_empty_data_and_no_error(zalo: Zalo, kind: str, name: str, content: bytes) -> None:
    assert zalo.upload(kind, name, content) == {"data": {}, "error": 0, "message": "Success"}


@pytest.mark.parametrize(
    ("content", "content_type"),
    [
        (b"{}", "application/json"),
        (b"no parts", "multipart/form-data; boundary=x"),
        (b"", "multipart/form-data"),
        (b'--x\r\nContent-Disposition: form-data; name="file"\r\n\r\ntext\r\n--x--\r\n', "multipart/form-data; boundary=x"),
        (
            b'--x\r\nContent-Disposition: form-data; name="f"; filename="a.png"\r\n\r\n1\r\n--x--\r\n',
            "multipart/form-data; boundary=x",
        ),
    ],
)
def test_broken_forms(zalo: Zalo, content: bytes, content_type: str) -> None:
    headers = {"access_token": zalo.access_token, "Content-Type": content_type}
    answer = zalo.api.post("/v2.0/oa/upload/image", content=content, headers=headers)
    assert (answer.status_code, answer.json()["error"]) == (200, -201)


def test_monthly_count(zalo: Zalo) -> None:
    zalo.knobs(uploads_per_month=1, access_token_seconds=10**8)
    zalo.grant()
    assert [zalo.upload("image", "a.png", PNG)["error"] for _ in range(2)] == [0, -211]
    zalo.advance(days=10)
    assert zalo.upload("image", "a.png", PNG)["error"] == 0


def test_upload_needs_a_token(zalo: Zalo) -> None:
    zalo.access_token = "wrong"
    assert zalo.upload("image", "a.png", PNG)["error"] == -216


def test_link_to_a_sent_file_ends(zalo: Zalo, hook: Receiver) -> None:
    user = zalo.person()
    zalo.knobs(cdn_link_seconds=60)
    form = {"text": "Đơn của tôi"}
    zalo.control.post(f"/_sim/users/{user}/send_file", data=form, files={"file": ("../đơn 1.pdf", PDF, "application/pdf")})
    event = hook.wait_named("user_send_file")[0].event
    about = event["message"]["attachments"][0]["payload"]
    answer = zalo.api.get(about["url"])
    assert (answer.content, answer.headers["content-type"]) == (PDF, "application/pdf")
    zalo.advance(seconds=61)
    assert zalo.api.get(about["url"]).status_code == 403
    assert zalo.api.get("/cdn/guessed/a.pdf").status_code == 404
