"""The real gateway and worker as processes, a scripted engine, a foreign site, and Chromium.

They last for this folder (``scope="package"``), not to the end of the run: the browser's driver keeps an event loop in the
thread, and no other test could start one.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserType, Page, expect, sync_playwright

from scripts.take_screenshots import FLAGS, chromium_path
from tests.browser.answers import Answers
from tests.browser.foreign_site import ForeignSite
from tests.browser.running_gateway import RunningGateway, gateway_on_fresh_ledger
from tests.browser.visits import Visit, Visitor
from tests.connectors.fake_engine import running_engine

# Longer than the page waits at most before it connects again.
expect.set_options(timeout=40_000)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Every test of this folder drives a browser."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="package")
def answers() -> Iterator[Answers]:
    """A fake engine that answers by fixed rules."""
    with running_engine() as engine:
        running = Answers(engine)
        yield running
        running.release()


@pytest.fixture(scope="package")
def listening_site() -> Iterator[ForeignSite]:
    """The foreign site, before it knows the gateway."""
    site = ForeignSite()
    site.start()
    yield site
    site.stop()


@pytest.fixture(scope="package")
def gateway(answers: Answers, listening_site: ForeignSite, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningGateway]:
    """The running gateway, on a fresh ledger."""
    with gateway_on_fresh_ledger(answers, listening_site.origin, tmp_path_factory.mktemp("webchat")) as running:
        yield running


@pytest.fixture(scope="package")
def foreign_site(gateway: RunningGateway, listening_site: ForeignSite) -> ForeignSite:
    """A site of another origin that may embed the running gateway's widget."""
    listening_site.gateway = gateway.url
    return listening_site


@pytest.fixture(scope="package")
def chromium() -> Iterator[BrowserType]:
    """Chromium, not yet started."""
    with sync_playwright() as playwright:
        yield playwright.chromium


@pytest.fixture(scope="package")
def launch_options() -> dict[str, Any]:
    """How Chromium is started."""
    return {"executable_path": chromium_path(), "args": list(FLAGS)}


@pytest.fixture(scope="package")
def browser(chromium: BrowserType, launch_options: dict[str, Any]) -> Iterator[Browser]:
    """One Chromium for all tests. Its contexts are private windows: a frame of another site gets no storage there."""
    running = chromium.launch(**launch_options)
    yield running
    running.close()


@pytest.fixture
def ordinary_window(chromium: BrowserType, launch_options: dict[str, Any], tmp_path: Path) -> Iterator[Page]:
    """A window that is not private and lets frames of other sites keep their (partitioned) storage, as most browsers do."""
    preferences = {"profile": {"cookie_controls_mode": 0, "block_third_party_cookies": False}}
    (tmp_path / "Default").mkdir()
    (tmp_path / "Default" / "Preferences").write_text(json.dumps(preferences))
    context = chromium.launch_persistent_context(tmp_path, **launch_options)
    yield context.pages[0]
    context.close()


@pytest.fixture
def visit(browser: Browser) -> Iterator[Visitor]:
    """Opens fresh contexts: ``visit(url, width=…, height=…, dark=…)``. A script error, or anything that the page's own
    Content-Security-Policy refuses, fails the test."""
    visits: list[Visit] = []

    def open_visit(url: str, width: int = 1280, height: int = 800, dark: bool = False, block_events: bool = False) -> Visit:
        context = browser.new_context(
            viewport={"width": width, "height": height},
            color_scheme="dark" if dark else "light",
            reduced_motion="reduce",
            locale="vi-VN",
        )
        if block_events:
            context.route("**/webchat/events*", lambda route: route.abort())
        page = context.new_page()
        faults: list[str] = []
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda said: faults.append(said.text) if "Content Security Policy" in said.text else None)
        visits.append(Visit(page, context, faults))
        page.goto(url)
        return visits[-1]

    yield open_visit
    for one in visits:
        one.context.close()
    assert [fault for one in visits for fault in one.faults] == []


@pytest.fixture
def chat(visit: Visitor, gateway: RunningGateway) -> Page:
    """The chat page on a desktop, greeted."""
    page = visit(gateway.url + "/").page
    expect(page.locator(".message").first).to_be_visible()
    return page
