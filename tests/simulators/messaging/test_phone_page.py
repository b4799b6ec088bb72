"""The phone page, in a real browser: a person chats, buttons work, and nothing from outside becomes markup."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest
from playwright.async_api import Page, Route, async_playwright

from scripts.take_screenshots import FLAGS, chromium_path
from simulators.messaging.control import control_app
from simulators.messaging.serving import serving
from simulators.messaging.transcript import ShownButton
from tests.simulators.messaging.receiver import Receiver, until
from tests.simulators.messaging.small_platform import SmallPlatform

pytestmark = [pytest.mark.anyio, pytest.mark.browser]
HOSTILE = "<img src=x onerror=\"document.title='hacked'\">"


@pytest.fixture
async def sim(client: httpx.AsyncClient, receiver: Receiver) -> AsyncIterator[SmallPlatform]:
    platform = SmallPlatform(client, receiver.url)
    async with platform.deliveries:
        yield platform


@pytest.fixture
async def page(sim: SmallPlatform) -> AsyncIterator[Page]:
    app = control_app(sim)
    async with serving(app, app) as served, async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium_path(), args=list(FLAGS))
        page = await browser.new_page()
        faults: list[str] = []
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("request", lambda request: faults.append(request.url) if "//127.0.0.1:" not in request.url else None)
        await page.goto(served.control_url)
        yield page
        await browser.close()
        assert faults == []


async def become(page: Page, name: str) -> None:
    await page.fill("#new-name", name)
    await page.click("#new-user button")
    await page.locator("#phone-user:not(:empty)").wait_for()


async def test_a_person_chats_and_sees_what_the_citizen_sees(page: Page, sim: SmallPlatform, receiver: Receiver) -> None:
    assert "MÔ PHỎNG" in await page.inner_text(".banner")
    await become(page, HOSTILE)
    await page.fill("#text", HOSTILE)
    await page.keyboard.press("Enter")
    await receiver.posted(1)
    sim.show("1", "bot", HOSTILE, (ShownButton(title="Tra cứu", kind="postback", value="a:1"),))
    sim.show("1", "bot", "quá dài", refused="message is too long")
    await page.click("#messages >> text=Tra cứu")
    await receiver.posted(2)
    _, act, order, _ = sim.acted[1]
    assert (act, order.value, order.title) == ("tap", "a:1", "Tra cứu")
    assert await page.locator("#messages img").count() == 0
    assert "message is too long" in await page.inner_text("#messages .refused")
    assert await page.title() == "Nền tảng nhỏ mô phỏng"


async def test_links_open_the_web_only(page: Page, sim: SmallPlatform) -> None:
    await become(page, "Hoa")
    hostile, good = "javascript:alert(1)", "https://dichvucong.example.vn/"
    buttons = (ShownButton(title="Xấu", kind="url", value=hostile), ShownButton(title="Cổng", kind="url", value=good))
    sim.show("1", "bot", "Mời chọn", buttons)
    link = page.locator("#messages a")
    await link.wait_for()
    assert [await link.get_attribute(name) for name in ("href", "target", "rel")] == [good, "_blank", "noopener noreferrer"]


async def test_files_blocking_and_the_officers_box(page: Page, sim: SmallPlatform, receiver: Receiver) -> None:
    await become(page, "Hoa")
    await page.set_input_files("#file", {"name": "anh.png", "mimeType": "image/png", "buffer": b"\x89PNG\r\n\x1a\n"})
    await receiver.posted(1)
    _, act, order, file = sim.acted[0]
    assert (act, order.kind, file and file.name) == ("send_file", "image", "anh.png")
    await page.fill("#officer-text", "Mời chị ra bộ phận một cửa")
    await page.click("#officer button")
    await page.locator("#messages .officer").wait_for()
    await page.click("#acts >> text='Chặn'")
    await page.locator(".phone.blocked").wait_for()
    await until(lambda: sim.users()[0].blocked)


async def test_a_late_list_of_citizens_does_not_forget_who_was_made_since(page: Page) -> None:
    asked, made, asked_again, over = (asyncio.Event() for _ in range(4))

    async def lists_come_late(route: Route) -> None:
        answer = await route.fetch()
        if made.is_set():
            asked_again.set()
            await over.wait()
        elif route.request.method == "GET" and not asked.is_set():
            asked.set()
            await made.wait()
        await route.fulfill(response=answer)

    await page.route("**/_sim/users", lists_come_late)
    await asyncio.wait_for(asked.wait(), 30)
    await become(page, "Hoa")
    made.set()
    await asyncio.wait_for(asked_again.wait(), 30)
    await page.fill("#officer-text", "Mời chị ra bộ phận một cửa")
    await page.click("#officer button")
    await page.locator("#messages .officer").wait_for()
    assert await page.inner_text("#phone-user") == "Hoa"
    over.set()
    await page.unroute_all(behavior="wait")
