"""The web chat's calls, with everything a browser or an attacker may send."""

import json
import unicodedata
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import text as sql

from bot.conversations.private_values import PrivateValues
from bot.settings import Settings
from bot.storage.database import Database
from bot.texts import say
from connectors.gateway.app import create_app
from connectors.webchat.session_tokens import SessionTokens
from tests.connectors.fake_engine import FakeEngine
from tests.connectors.harness import Browser, browsing, served
from tests.moving_clock import MovingClock


def is_problem(answer: httpx.Response, status: int, code: str) -> bool:
    """Whether the answer is our problem of this kind, with a text that says what to do."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body = answer.json()
    assert body["status"] == status
    assert "Ông/Bà" in body["detail"] or status >= 500
    return bool(body["code"] == code)


def test_a_new_session_begins_with_the_greeting(browser: Browser) -> None:
    assert [m["text"] for m in browser.greeting] == [say("greeting")]
    assert browser.greeting == browser.messages()
    assert browser.messages(after=1) == []
    assert browser.transcript()["state"] == {"speaker": "bot", "busy": False}


def test_an_accepted_message_is_seen_at_once_and_the_bot_is_busy(browser: Browser) -> None:
    client_id = str(uuid4())
    answer = browser.post(client_id=client_id.upper(), text="  xin chào  ")
    assert (answer.status_code, answer.json()["accepted"], answer.json()["duplicate"]) == (202, True, False)
    (line,) = browser.messages(after=1)
    assert (line["from"], line["text"], line["client_id"], line["seq"]) == ("citizen", "xin chào", client_id, 2)
    assert browser.transcript()["state"]["busy"] is True


BROKEN_BODIES: list[tuple[str, bytes]] = [
    ("nothing", b""),
    ("not JSON", b"{"),
    ("a list", b"[]"),
    ("a number", b"1"),
    ("a number of 5,000 digits", b'{"client_id": ' + b"9" * 5_000 + b"}"),
    ("not UTF-8", b'{"text": "\xff\xfe"}'),
    ("nested 15,000 deep", b"[" * 15_000 + b"]" * 15_000),
    ("no client id", b'{"text": "a"}'),
    ("client id of another type", b'{"client_id": 7, "text": "a"}'),
    ("client id that is no UUID", b'{"client_id": "1; DROP TABLE inbound", "text": "a"}'),
    ("neither text nor button", json.dumps({"client_id": str(uuid4())}).encode()),
    ("text and button", json.dumps({"client_id": str(uuid4()), "text": "a", "button": "b"}).encode()),
    ("text of another type", json.dumps({"client_id": str(uuid4()), "text": ["a"]}).encode()),
    ("button of another type", json.dumps({"client_id": str(uuid4()), "button": {"a": 1}}).encode()),
    ("button too long", json.dumps({"client_id": str(uuid4()), "button": "x" * 33}).encode()),
]


@pytest.mark.parametrize("body", [b for _, b in BROKEN_BODIES], ids=[name for name, _ in BROKEN_BODIES])
def test_a_broken_body_is_refused_with_words(browser: Browser, body: bytes) -> None:
    answer = browser.http.post("/webchat/messages", content=body, headers=browser.headers)
    assert is_problem(answer, 400, "broken_request")
    assert len(browser.messages()) == 1


@pytest.mark.parametrize("text", ["", "   ", "\n\t", "\u0000\u0001", "\u200b\u200d\ufeff"])
def test_a_message_without_anything_to_read_is_refused(browser: Browser, text: str) -> None:
    assert is_problem(browser.post(text=text), 400, "empty_message")


def test_two_thousand_letters_are_taken_and_one_more_is_not(browser: Browser) -> None:
    assert is_problem(browser.post(text="ế" * 2001), 413, "too_long")
    assert browser.post(text="ế" * 2000).status_code == 202
    assert browser.post(text=unicodedata.normalize("NFD", "ế" * 2000)).status_code == 202


def test_a_huge_body_is_refused_whether_or_not_it_tells_its_size(browser: Browser) -> None:
    huge = b'{"text": "' + b"x" * 100_000 + b'"}'
    assert is_problem(browser.http.post("/webchat/messages", content=huge, headers=browser.headers), 413, "body_too_large")
    chunks = (huge[i : i + 1000] for i in range(0, len(huge), 1000))
    assert is_problem(browser.http.post("/webchat/messages", content=chunks, headers=browser.headers), 413, "body_too_large")


def raw_text(text: str) -> bytes:
    return b'{"client_id": "' + str(uuid4()).encode() + b'", "text": "' + text.encode("ascii") + b'"}'


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("a\\u0000b", "ab"),
        ("a\\ud800b", "a\ufffdb"),
        ("\\ud83d\\ude00 ok", "😀 ok"),
        ("dòng".encode("unicode_escape").decode().replace("\\xf2", "\\u00f2") + "\\r\\n2", "dòng\n2"),
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
        ("/restart", "/restart"),
        ("'); DROP TABLE inbound; --", "'); DROP TABLE inbound; --"),
    ],
)
def test_odd_text_is_kept_in_a_form_that_can_be_stored_and_shown(browser: Browser, sent: str, kept: str) -> None:
    answer = browser.http.post("/webchat/messages", content=raw_text(sent), headers=browser.headers)
    assert answer.status_code == 202, answer.text
    assert browser.messages(after=1)[0]["text"] == kept


def test_text_in_decomposed_form_is_stored_composed(browser: Browser) -> None:
    browser.say(unicodedata.normalize("NFD", "đăng ký khai sinh"))
    assert browser.messages(after=1)[0]["text"] == "đăng ký khai sinh"


def test_a_forged_placeholder_reveals_nothing(browser: Browser, database: Database, settings: Settings) -> None:
    browser.say("cccd của tôi 024099001234")
    with database.sessions() as session:
        token = session.execute(sql("SELECT token FROM private_value")).scalar_one()
    browser.say(f"⟦citizen_id:{token}⟧ ⟦phone:00⟧")
    first, second = browser.messages(after=1)
    assert first["text"] == "cccd của tôi *********234"
    assert second["text"] == f"[citizen_id:{token}] [phone:00]"
    with browsing(browser.base) as stranger:
        private = PrivateValues(database.sessions, settings.ledger_key.get_secret_value())
        assert private.reveal(token, stranger.conversation_id) is None
        assert private.reveal(token, browser.conversation_id) == "024099001234"


def test_no_private_number_stands_in_the_database(browser: Browser, database: Database) -> None:
    numbers = [
        "024099001234",
        "024 099 001 234",
        "0912345678",
        "0912.345.678",
        "nguoidan@example.vn",
        "000.00.01.H05-260102-0001",
    ]
    for number in numbers:
        browser.say(f"đây là {number} của tôi")
    with database.engine.connect() as connection:
        tables = connection.dialect.get_table_names(connection)
        dump = "\n".join(
            str([bytes(v) if isinstance(v, memoryview) else v for v in row])
            for table in tables
            for row in connection.execute(sql(f"SELECT * FROM {table}"))
        )
    assert "đây là ⟦citizen_id:" in dump
    for secret in [*numbers, "024099001", "345678", "345.678", "nguoidan", "260102"]:
        assert secret not in dump


@pytest.mark.parametrize("change", ["none", "empty", "garbage", "other secret", "other conversation", "later expiry", "unicode"])
def test_a_forged_token_is_refused(browser: Browser, change: str) -> None:
    conversation, expiry, signature = browser.token.split(".")
    token = {
        "none": None,
        "empty": "",
        "garbage": "a.b.c",
        "other secret": SessionTokens("another secret that is long enough").issue(conversation, MovingClock()()),
        "other conversation": f"{'0' * 32}.{expiry}.{signature}",
        "later expiry": f"{conversation}.{int(expiry) + 1}.{signature}",
        "unicode": browser.token[:-1] + "é",
    }[change]
    headers = {} if token is None else {"Authorization": f"Bearer {token}".strip().encode()}
    body = {"client_id": str(uuid4()), "text": "a"}
    assert is_problem(browser.http.post("/webchat/messages", json=body, headers=headers), 401, "session_invalid")
    assert is_problem(browser.http.get("/webchat/messages", headers=headers), 401, "session_invalid")
    assert is_problem(browser.http.get("/webchat/events", params={"token": token or ""}), 401, "session_invalid")


def test_a_token_opens_only_its_own_conversation(browser: Browser) -> None:
    with browsing(browser.base) as stranger:
        browser.say("chuyện riêng của tôi")
        assert "chuyện riêng" not in str(stranger.messages())


def test_a_session_ends_after_a_day(settings: Settings) -> None:
    clock = MovingClock()
    with served(create_app(settings, clock=clock)) as base, browsing(base) as browser:
        clock.move(hours=23, minutes=59)
        browser.say("vẫn còn đây")
        clock.move(minutes=2)
        assert is_problem(browser.post(text="a"), 401, "session_expired")
        assert is_problem(browser.http.get("/webchat/messages", headers=browser.headers), 401, "session_expired")


def test_an_unknown_or_foreign_button_is_refused(browser: Browser) -> None:
    with browsing(browser.base) as stranger:
        foreign = stranger.greeting[0]["buttons"][0]["token"]
    for token in (foreign, "unknown", "' OR 1=1 --", "a\x00b"):
        assert is_problem(browser.post(button=token), 400, "button_unknown")
    assert len(browser.messages()) == 1


def test_the_same_client_id_of_two_citizens_is_no_duplicate(browser: Browser) -> None:
    client_id = str(uuid4())
    with browsing(browser.base) as stranger:
        for one in (browser, stranger):
            assert one.post(client_id=client_id, text="a").json()["duplicate"] is False


def test_a_flood_is_slowed_down_and_told_how_long_to_wait(browser: Browser) -> None:
    answers = [browser.post(text=f"tin {number}") for number in range(40)]
    refused = [answer for answer in answers if answer.status_code != 202]
    assert 1 <= len(refused) <= 10
    assert is_problem(refused[0], 429, "too_many")
    assert int(refused[0].headers["Retry-After"]) >= 1
    with browsing(browser.base) as stranger:
        stranger.say("người khác vẫn gửi được")


@pytest.mark.parametrize("after", ["-1", "x", "99999999999999999999", "1.5"])
def test_an_impossible_place_in_the_transcript_is_refused(browser: Browser, after: str) -> None:
    answer = browser.http.get("/webchat/messages", params={"after": after}, headers=browser.headers)
    assert is_problem(answer, 400, "broken_request")


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nothing-here", 404),
        ("DELETE", "/webchat/messages", 405),
        ("GET", "/static/../../settings.py", 404),
        ("GET", "/static/%2e%2e/routes.py", 404),
        ("GET", "/openapi.json", 404),
        ("GET", "/docs", 404),
    ],
)
def test_every_other_address_answers_with_a_problem(gateway: str, method: str, path: str, status: int) -> None:
    answer = httpx.request(method, gateway + path)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.usefixtures("worker")
def test_nothing_typed_and_no_token_stands_in_the_logs(
    browser: Browser, engine: FakeEngine, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    browser.say("số của tôi 0912345678, bí mật")
    browser.wait_replies(1)
    engine.script = lambda _turn: (200, b"0912345678 broken")
    browser.say("bí mật thứ hai")
    browser.wait_replies(2)
    browser.http.get("/bí-mật-thứ-ba", params={"token": browser.token})
    ours = [record for record in caplog.records if not record.name.startswith(("httpx", "httpcore"))]
    said = "\n".join(str(vars(record)) for record in ours)
    assert "turn.concluded" in said
    assert "http.answered" in said
    for private in ("0912345678", "bí mật", "bí-mật", "Trả lời", browser.token):
        assert private not in said
