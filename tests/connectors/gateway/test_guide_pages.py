"""The public pages of life events, guides and official channels over HTTP."""

import re
from datetime import UTC, date, datetime
from html.parser import HTMLParser

import pytest
from fastapi.testclient import TestClient

from bot.guides.counts import openings_since
from bot.storage.database import Database
from tests.connectors.gateway.alone import client, clock
from tests.databases import database, database_url

__all__ = ["client", "clock", "database", "database_url"]

PAGES = ("/viec-trong-doi", "/viec-trong-doi/nguoi-than-mat", "/huong-dan", "/huong-dan/dang-nhap-vneid", "/kenh-chinh-thuc")


class Tags(HTMLParser):
    """The tags of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def of(self, tag: str) -> list[dict[str, str | None]]:
        return [found for name, found in self.tags if name == tag]


@pytest.mark.parametrize("path", PAGES)
def test_a_page_needs_no_script_and_names_its_language(client: TestClient, path: str) -> None:
    for language in ("", "?lang=en", "?lang=xx", "?lang="):
        answer = client.get(path + language)
        assert answer.status_code == 200
        tags = Tags(answer.text)
        assert tags.of("html")[0]["lang"] == ("en" if language == "?lang=en" else "vi")
        assert not tags.of("script")
        assert len(tags.of("h1")) == 1
        assert all("alt" in image for image in tags.of("img"))
        assert "script-src 'self'" in answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize("path", PAGES)
def test_every_picture_of_a_page_is_served_and_safe(client: TestClient, path: str) -> None:
    for image in Tags(client.get(path).text).of("img"):
        drawing = client.get(str(image["src"]))
        assert drawing.status_code == 200
        assert drawing.headers["content-type"].startswith("image/svg+xml")
        assert "script" not in drawing.text
        assert "default-src 'none'" in drawing.headers["Content-Security-Policy"]


def test_an_event_shows_its_procedures_in_order_with_links(client: TestClient) -> None:
    links = [str(one["href"]) for one in Tags(client.get("/viec-trong-doi/sinh-con").text).of("a")]
    codes = [link.removeprefix("/thu-tuc/") for link in links if link.startswith("/thu-tuc/")]
    assert codes[:2] == ["2.000986", "1.001193"]
    assert "/" in links
    assert "Xin chia buồn" in client.get("/viec-trong-doi/nguoi-than-mat").text
    assert "Our condolences" in client.get("/viec-trong-doi/nguoi-than-mat?lang=en").text


def test_only_the_first_picture_of_a_guide_is_loaded_at_once(client: TestClient) -> None:
    images = Tags(client.get("/huong-dan/nop-truc-tuyen").text).of("img")
    assert len(images) == 6
    assert [image.get("loading") for image in images] == [None] + ["lazy"] * 5
    assert all(len(str(image["alt"])) > 15 for image in images)


@pytest.mark.parametrize(
    "name",
    [
        "khong-co",
        "..%2f..%2fetc%2fpasswd",
        "%00",
        "<script>alert(1)</script>",
        "x" * 3000,
        "sinh-con%0d%0aX-A:1",
        "{{7*7}}",
        "%ff",
    ],
)
def test_a_name_that_is_not_there_is_not_found_and_not_repeated(client: TestClient, name: str) -> None:
    for base in ("/viec-trong-doi/", "/huong-dan/", "/huong-dan/anh/", "/viec-trong-doi/anh/"):
        answer = client.get(base + name)
        assert answer.status_code == 404, base
        assert "alert(1)" not in answer.text
        assert "49" not in re.sub(r"<[^>]+>", "", answer.text)
        assert "root:" not in answer.text


def test_openings_are_counted_once_a_look_and_only_of_what_is_there(client: TestClient, database: Database) -> None:
    for path in ("/viec-trong-doi/ket-hon", "/viec-trong-doi/ket-hon", "/huong-dan/dang-nhap-vneid", "/huong-dan/khong-co"):
        client.get(path)
    with database.sessions() as session:
        found = {(one.kind, one.item): one.total for one in openings_since(session, date(2020, 1, 1))}
    assert found == {("event", "ket-hon"): 2, ("guide", "dang-nhap-vneid"): 1}


def test_a_flood_is_shown_and_not_counted(client: TestClient, database: Database) -> None:
    for _ in range(80):
        assert client.get("/viec-trong-doi/ket-hon").status_code == 200
    with database.sessions() as session:
        assert sum(one.total for one in openings_since(session, date(2020, 1, 1))) < 80


def test_the_channels_page_tells_what_is_never_asked(client: TestClient) -> None:
    page = client.get("/kenh-chinh-thuc").text
    for words in ("mã OTP", "số tài khoản", "ảnh căn cước", ".gov.vn", "điều 10 Nghị định 224/2026"):
        assert words in page
    assert "tel:" not in page, "no hotline that nobody confirmed"
    assert datetime.now(UTC)
