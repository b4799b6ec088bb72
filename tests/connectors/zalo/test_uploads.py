"""Files that we offer: uploaded where Zalo takes them, a link where it does not, never lost."""

from collections.abc import Callable

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.responses import JSONResponse

from bot.storage.database import Database
from connectors.channel import PlatformCall, Temporary
from connectors.zalo.render import FILE
from connectors.zalo.uploads import type_of, upload_name
from tests.connectors.zalo.channels import Bench, bench
from tests.connectors.zalo.fake_zalo import FakeZalo, html
from tests.connectors.zalo.recorded import CITIZEN

pytestmark = pytest.mark.anyio

PDF = b"%PDF-1.7 to khai"
PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 50
LINK = "https://motcua.example/to-khai.pdf"
Answer = Callable[[httpx.Request], httpx.Response]


def ready(database: Database, zalo: FakeZalo, answer: Answer) -> Bench:
    one = bench(database, zalo, files=httpx.AsyncClient(transport=httpx.MockTransport(answer)))
    one.consent()
    return one


def content(data: bytes, status: int = 200) -> Answer:
    return lambda _request: httpx.Response(status, content=data)


async def offer(one: Bench, kind: str = "file", url: str = LINK, title: str = "Tờ khai đăng ký") -> None:
    body = {"file": {"kind": kind, "url": url, "title": title}, "fallback": [f"{title}: {url}"]}
    await one.channel.send(PlatformCall(FILE, body), CITIZEN, delivery_id=1, mode="free")


async def test_a_file_is_uploaded_under_a_plain_name_and_sent_by_its_token(database: Database, zalo: FakeZalo) -> None:
    await offer(ready(database, zalo, content(PDF)))
    assert zalo.uploads == [("to-khai-dang-ky.pdf", PDF)]
    assert zalo.sent[0]["message"] == {"attachment": {"type": "file", "payload": {"token": "upload-1"}}}


async def test_a_file_is_uploaded_once_for_a_week_of_sending(database: Database, zalo: FakeZalo) -> None:
    one = ready(database, zalo, content(PDF))
    await offer(one)
    await offer(one)
    assert len(zalo.uploads) == 1
    one.clock.move(days=6, hours=1)
    await offer(one)
    assert len(zalo.uploads) == 2
    assert len(zalo.sent) == 3


async def test_an_upload_that_zalo_forgot_is_uploaded_anew(database: Database, zalo: FakeZalo) -> None:
    zalo.send_answers.append(JSONResponse({"error": -100, "message": "attachment expired"}))
    await offer(ready(database, zalo, content(PDF)))
    assert len(zalo.uploads) == 2
    assert zalo.sent[0]["message"]["attachment"]["payload"] == {"token": "upload-2"}


async def test_an_upload_that_stays_unknown_becomes_a_link(database: Database, zalo: FakeZalo) -> None:
    zalo.refuse = lambda message: -100 if "attachment" in message else 0
    one = ready(database, zalo, content(PDF))
    await offer(one)
    assert one.texts() == [f"Tờ khai đăng ký: {LINK}"]


@pytest.mark.parametrize(
    "answer",
    [
        content(b"%PDF-" + b"0" * 5_000_001),
        content(b"<html>not found</html>"),
        content(b"MZ program"),
        content(PDF, 404),
        content(PDF, 500),
        lambda _request: httpx.Response(302, headers={"Location": "http://plain.example/x.pdf"}),
        lambda request: httpx.Response(302, headers={"Location": str(request.url)}),
    ],
    ids=["too large", "html", "program", "404", "500", "plain http", "endless redirects"],
)
async def test_what_cannot_be_uploaded_is_a_link(database: Database, zalo: FakeZalo, answer: Answer) -> None:
    one = ready(database, zalo, answer)
    await offer(one)
    assert zalo.uploads == []
    assert one.texts() == [f"Tờ khai đăng ký: {LINK}"]


async def test_a_file_that_cannot_be_fetched_is_a_link(database: Database, zalo: FakeZalo) -> None:
    def broken(_request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused")

    one = ready(database, zalo, broken)
    await offer(one)
    assert one.texts() == [f"Tờ khai đăng ký: {LINK}"]


async def test_a_file_of_our_own_network_is_not_handed_out(database: Database, zalo: FakeZalo) -> None:
    class Stream:
        def get_extra_info(self, _name: str) -> tuple[str, int]:
            return ("10.0.0.5", 443)

    one = ready(database, zalo, lambda _request: httpx.Response(200, content=PDF, extensions={"network_stream": Stream()}))
    await offer(one)
    assert zalo.uploads == []


async def test_a_redirect_to_another_secure_address_is_followed(database: Database, zalo: FakeZalo) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.host == "cdn.example":
            return httpx.Response(200, content=PDF)
        return httpx.Response(301, headers={"Location": "https://cdn.example/x"})

    await offer(ready(database, zalo, answer))
    assert zalo.uploads == [("to-khai-dang-ky.pdf", PDF)]


async def test_an_empty_answer_to_an_upload_is_no_token(database: Database, zalo: FakeZalo) -> None:
    zalo.upload_answers.append({})
    one = ready(database, zalo, content(PDF))
    await offer(one)
    assert one.texts() == [f"Tờ khai đăng ký: {LINK}"]


async def test_a_picture_goes_by_its_link(database: Database, zalo: FakeZalo) -> None:
    await offer(ready(database, zalo, content(PNG)), "image", "https://motcua.example/so-do.png", "Sơ đồ")
    (element,) = zalo.sent[0]["message"]["attachment"]["payload"]["elements"]
    assert element == {"media_type": "image", "url": "https://motcua.example/so-do.png"}
    assert zalo.sent[0]["message"]["text"] == "Sơ đồ"
    assert zalo.uploads == []


async def test_a_picture_whose_link_is_refused_is_uploaded(database: Database, zalo: FakeZalo) -> None:
    zalo.refuse = lambda message: -201 if "url" in str(message.get("attachment")) else 0
    await offer(ready(database, zalo, content(PNG)), "image", "https://motcua.example/so-do.png", "Sơ đồ")
    (element,) = zalo.sent[0]["message"]["attachment"]["payload"]["elements"]
    assert element == {"media_type": "image", "attachment_id": "upload-1"}
    assert zalo.uploads == [("so-do.png", PNG)]


async def test_a_picture_that_is_too_large_becomes_a_link(database: Database, zalo: FakeZalo) -> None:
    zalo.refuse = lambda message: -210 if "attachment" in message else 0
    one = ready(database, zalo, content(PNG + b"0" * 1_000_000))
    await offer(one, "image", "https://motcua.example/so-do.png", "Sơ đồ")
    assert one.texts() == ["Sơ đồ: https://motcua.example/so-do.png"]
    assert zalo.uploads == []


async def test_an_upload_during_a_fault_may_be_made_again(database: Database, zalo: FakeZalo) -> None:
    one = ready(database, zalo, content(PDF))
    one.network.breaks.append(("/v2.0/oa/upload", "before", httpx.ReadTimeout("slow")))
    with pytest.raises(Temporary):
        await offer(one)
    await offer(one)
    assert len(zalo.sent) == 1


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (PDF, "pdf"),
        (PNG, "png"),
        (b"\xff\xd8\xff\xe0", "jpg"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "doc"),
        (b"PK\x03\x04..word/document.xml", "docx"),
        (b"PK\x03\x04..xl/workbook.xml", None),
        (html().body, None),
        (b"%!PS", None),
        (b"", None),
    ],
)
def test_a_type_is_known_by_the_content_alone(content: bytes, expected: str | None) -> None:
    assert type_of(content) == expected


@given(st.text(max_size=200))
def test_an_uploads_name_is_plain_and_keeps_its_ending(title: str) -> None:
    name = upload_name(title, "pdf")
    assert name.isascii()
    assert name.endswith(".pdf")
    assert 5 <= len(name) <= 90
    assert not set(name) & set('/\\"\r\n ')
