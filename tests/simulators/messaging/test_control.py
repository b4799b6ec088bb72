"""The control plane over HTTP."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from simulators.messaging.control import control_app
from simulators.messaging.serving import serving
from tests.simulators.messaging.receiver import Receiver, until
from tests.simulators.messaging.small_platform import SmallPlatform

pytestmark = pytest.mark.anyio


@pytest.fixture
async def sim(client: httpx.AsyncClient, receiver: Receiver) -> AsyncIterator[SmallPlatform]:
    platform = SmallPlatform(client, receiver.url)
    async with platform.deliveries:
        yield platform


@pytest.fixture
async def control(sim: SmallPlatform) -> AsyncIterator[httpx.AsyncClient]:
    app = control_app(sim)
    async with serving(app, app) as served, httpx.AsyncClient(base_url=served.control_url, trust_env=False) as http:
        yield http


async def order(control: httpx.AsyncClient, path: str, body: Any = None, status: int = 200) -> dict[str, Any]:
    answer = await control.post(f"/_sim{path}", json=body)
    assert answer.status_code == status, answer.text
    told: dict[str, Any] = answer.json()
    assert told["simulated"] is True
    return told


async def ask(control: httpx.AsyncClient, path: str, status: int = 200) -> dict[str, Any]:
    answer = await control.get(f"/_sim{path}")
    assert answer.status_code == status, answer.text
    told: dict[str, Any] = answer.json()
    assert told["simulated"] is True
    return told


async def test_tells_platform_and_health(control: httpx.AsyncClient) -> None:
    told = await ask(control, "/platform")
    assert (told["name"], told["colour"], told["facts"]) == ("small", "#225522", {"colour_of_the_sky": "xanh"})
    assert (await control.get("/health")).json() == {"simulated": True, "status": "ok"}


async def test_moves_the_clock(control: httpx.AsyncClient) -> None:
    told = await order(control, "/clock", {"now": "2030-01-01T00:00:00+07:00"})
    assert told["now"].startswith("2029-12-31T17:00:00")
    told = await order(control, "/clock", {"advance": 86_400})
    assert told["now"].startswith("2030-01-01T17:00:00")
    assert (await ask(control, "/clock"))["now"].startswith("2030-01-01T17:00:0")


@pytest.mark.parametrize(
    "body",
    [{}, {"now": "2030-01-01T00:00:00"}, {"advance": -1}, {"advance": 1, "now": "2030-01-01T00:00:00Z"}, {"jump": 1}, [], "x"],
)
async def test_malformed_clock_orders_are_refused(control: httpx.AsyncClient, body: Any) -> None:
    await order(control, "/clock", body, 422)


async def test_arms_lists_and_clears_faults(control: httpx.AsyncClient) -> None:
    told = await order(control, "/faults", {"mode": "reply", "status": 503, "times": 3})
    assert [(fault["mode"], fault["times"]) for fault in told["faults"]] == [("reply", 3)]
    assert (await control.delete("/_sim/faults")).json() == {"simulated": True, "faults": []}
    await order(control, "/faults", {"mode": "boil"}, 422)


async def test_a_citizen_speaks_and_the_webhook_hears(control: httpx.AsyncClient, receiver: Receiver) -> None:
    user = (await order(control, "/users", {"name": "Nguyễn Thị Hoa"}, 201))["id"]
    made = await order(control, f"/users/{user}/say", {"text": "Chào", "delivery": {"duplicate": 1}})
    await receiver.posted(2)
    assert receiver.bodies == ["Chào".encode()] * 2
    await until(lambda: receiver.waiting == 0)
    shown = (await ask(control, f"/deliveries?user={user}"))["deliveries"]
    assert [delivery["id"] for delivery in shown] == made["deliveries"]
    told = await ask(control, f"/users/{user}/transcript")
    assert [(message["author"], message["text"]) for message in told["messages"]] == [("user", "Chào")]
    unchanged = await ask(control, f"/users/{user}/transcript?after_revision={told['revision']}")
    assert unchanged["messages"] is None


async def test_sends_files_as_multipart(control: httpx.AsyncClient, sim: SmallPlatform) -> None:
    await order(control, "/users", {"id": "7"}, 201)
    answer = await control.post(
        "/_sim/users/7/send_file",
        files={"file": ("đơn.pdf", b"%PDF", "application/pdf")},
        data={"kind": "file", "text": "đơn của tôi", "delivery": '{"drop": true}', "extra": '{"size": 9}'},
    )
    assert answer.status_code == 200
    _, _, given, file = sim.acted[0]
    assert (given.text, given.delivery.drop, given.extra) == ("đơn của tôi", True, {"size": 9})
    assert file is not None
    assert (file.name, file.content_type, file.content) == ("đơn.pdf", "application/pdf", b"%PDF")


async def test_holds_and_releases_swapped(control: httpx.AsyncClient, receiver: Receiver) -> None:
    await order(control, "/users", {"id": "7"}, 201)
    assert (await order(control, "/hold"))["holding"] is True
    for text in ("1", "2"):
        await order(control, "/users/7/say", {"text": text})
    assert receiver.posts == []
    await order(control, "/release", {"reversed": True})
    assert receiver.bodies == [b"2", b"1"]


async def test_officer_raw_secret_and_reset(control: httpx.AsyncClient, sim: SmallPlatform) -> None:
    await order(control, "/users", {"id": "7"}, 201)
    await order(control, "/officer", {"user": "7", "text": "Chào chị"})
    assert [message.author for message in sim.transcripts.of("7")] == ["officer"]
    told = await order(control, "/raw", {"body": "/w==", "encoding": "base64", "signature": "wrong"})
    assert (told["status"], sim.raw[0].content(), sim.raw[0].signature) == (403, b"\xff", "wrong")
    assert (await order(control, "/rotate_secret"))["secret"] == "second"
    assert (await order(control, "/rotate_secret", {"value": "third"}))["secret"] == "third"
    await order(control, "/reset")
    assert (await ask(control, "/users"))["users"] == []


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/users/99/say", {"text": "x"}, 404),
        ("/users/7/fly", {}, 404),
        ("/users/7/say", {"txt": "x"}, 422),
        ("/users/7/say", {"delivery": {"duplicate": 1000}}, 422),
        ("/users/7/share_location", {"latitude": 91, "longitude": 0}, 422),
        ("/users", {"id": "7"}, 409),
        ("/users", {"name": ""}, 422),
        ("/raw", {"body": "%", "encoding": "base64"}, 422),
        ("/officer", {"user": "7", "text": ""}, 422),
        ("/nothing", {}, 404),
    ],
)
async def test_wrong_orders_get_a_clear_error(control: httpx.AsyncClient, path: str, body: Any, status: int) -> None:
    await order(control, "/users", {"id": "7"}, 201)
    assert (await order(control, path, body, status))["error"]


async def test_unknown_act_names_those_there_are(control: httpx.AsyncClient) -> None:
    await order(control, "/users", {"id": "7"}, 201)
    assert "share_location" in (await order(control, "/users/7/fly", {}, 404))["error"]


@pytest.mark.parametrize("body", [b"{", b"\xff\xfe", b"[" * 100_000, b"null"])
async def test_broken_bodies_are_refused(control: httpx.AsyncClient, body: bytes) -> None:
    await order(control, "/users", {"id": "7"}, 201)
    headers = {"Content-Type": "application/json"}
    for path in ("/_sim/users/7/say", "/_sim/clock"):
        answer = await control.post(path, content=body, headers=headers)
        assert 400 <= answer.status_code < 500
        assert answer.json()["simulated"] is True


async def test_form_without_file_or_with_broken_options_is_refused(control: httpx.AsyncClient) -> None:
    await order(control, "/users", {"id": "7"}, 201)
    path, file = "/_sim/users/7/send_file", {"file": ("a", b"x")}
    assert (await control.post(path, files={"other": ("a", b"x")})).status_code == 409
    assert (await control.post(path, files=file, data={"delivery": "{"})).status_code == 409
    assert (await control.post(path, files=file, data={"kind": "boat"})).status_code == 422


async def test_transcript_of_nobody_is_not_found(control: httpx.AsyncClient) -> None:
    await ask(control, "/users/99/transcript", 404)


async def test_foreign_host_names_are_refused(control: httpx.AsyncClient) -> None:
    assert (await control.get("/_sim/users", headers={"Host": "evil.example"})).status_code == 400
