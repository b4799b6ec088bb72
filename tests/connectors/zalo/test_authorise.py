"""An administrator's consent becomes the first pair of tokens; anything else stores nothing and says why."""

import asyncio
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from bot.storage.database import Database
from connectors.zalo.authorise import (
    AuthoriseError,
    ConsentRequest,
    authorise,
    by_following,
    by_local_callback,
    by_pasting,
    code_in,
)
from connectors.zalo.oauth import ZaloApp, consent_url, pkce_challenge
from tests.connectors.zalo.channels import APP, Bench, bench
from tests.connectors.zalo.fake_zalo import BASE, FakeZalo, http_to
from tests.connectors.zalo.recorded import IDS
from tests.engine_process import free_port

pytestmark = pytest.mark.anyio

REQUEST = ConsentRequest(BASE, APP, IDS, "http://127.0.0.1:8765/")


@pytest.fixture
def fresh(database: Database, zalo: FakeZalo) -> Bench:
    return bench(database, zalo)


def query_of(url: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}


async def test_a_stand_in_consents_by_itself_and_messages_can_be_sent(fresh: Bench) -> None:
    http, _ = http_to(fresh.zalo)
    await authorise(REQUEST, fresh.tokens, by_following(http))
    await fresh.say("Kính chào")
    assert fresh.texts() == ["Kính chào"]
    assert fresh.stored().version == 1


async def test_a_second_consent_replaces_the_first(fresh: Bench) -> None:
    http, _ = http_to(fresh.zalo)
    await authorise(REQUEST, fresh.tokens, by_following(http))
    first = fresh.stored()
    await authorise(REQUEST, fresh.tokens, by_following(http))
    assert fresh.stored().access != first.access
    assert fresh.stored().version == 2


async def test_the_browser_of_this_machine_brings_the_code(fresh: Bench) -> None:
    port = free_port()
    fresh.zalo.codes.add("the-code")
    opened: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    async def browse() -> list[httpx.Response]:
        state = query_of(await opened)["state"]
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False) as browser:
            icon = await browser.get("/favicon.ico")
            return [icon, await browser.get(f"/?code=the-code&oa_id={IDS.oa_id}&state={state}")]

    browsing = asyncio.create_task(browse())
    await authorise(REQUEST, fresh.tokens, by_local_callback(port, opened.set_result))
    assert [page.status_code for page in await browsing] == [200, 200]
    assert fresh.stored().version == 1


async def test_a_pasted_address_does_as_well(fresh: Bench) -> None:
    fresh.zalo.codes.add("the-code")
    shown: list[str] = []

    def paste() -> str:
        return f"  https://motcua.vn/?oa_id={IDS.oa_id}&code=the-code&state={query_of(shown[0])['state']}\n"

    await authorise(REQUEST, fresh.tokens, by_pasting(shown.append, paste))
    assert query_of(shown[0])["redirect_uri"] == REQUEST.redirect_uri
    assert fresh.stored().version == 1


async def test_a_used_code_stores_nothing_and_says_why(fresh: Bench) -> None:
    with pytest.raises(AuthoriseError, match="oauth_-14014"):
        await authorise(REQUEST, fresh.tokens, by_pasting(lambda _url: None, lambda: "used-code"))
    assert fresh.store.read() is None


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ("", "không có mã"),
        ("https://x.vn/?oa_id=" + IDS.oa_id, "không có mã"),
        ("https://x.vn/?code=c&state=other", "không thuộc về"),
        ("https://x.vn/?code=c&state=s&oa_id=1", "Official Account khác"),
        ("https://x.vn/?error=-14003&state=s", "-14003"),
    ],
)
def test_an_answer_that_is_no_consent_is_explained(answer: str, why: str) -> None:
    with pytest.raises(AuthoriseError, match=why):
        code_in(answer, "s", IDS.oa_id)


@pytest.mark.parametrize("answer", ["c", " c ", "https://x.vn/cb?code=c", "/?code=c&state=s", "code=c&state=s"])
def test_the_code_is_found_in_every_form_of_answer(answer: str) -> None:
    assert code_in(answer, "s", IDS.oa_id) == "c"


def test_the_challenge_is_that_of_rfc_7636() -> None:
    assert pkce_challenge("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk") == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


def test_a_challenge_is_asked_with_only_where_there_is_a_verifier() -> None:
    assert "code_challenge" not in query_of(consent_url(BASE, APP, "https://x.vn/", "s"))
    with_verifier = ZaloApp(APP.app_id, APP.secret, "v" * 43)
    assert query_of(consent_url(BASE, with_verifier, "https://x.vn/", "s"))["code_challenge"] == pkce_challenge("v" * 43)
