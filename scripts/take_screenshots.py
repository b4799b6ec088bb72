"""Takes the pictures of the documentation from a running gateway: the chat page and the widget, on a telephone and a desktop.

``.venv/bin/python scripts/take_screenshots.py --url http://127.0.0.1:8080 --folder docs/images``

The browser is CHROMIUM, else the first of chromium, chromium-browser and google-chrome on the path.
"""

import argparse
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
SIZES = {"phone": (360, 740), "desktop": (1280, 800)}
HOST_PAGE = """<!doctype html><html lang="vi"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Trang mẫu</title><main><h1>Trang của một cơ quan</h1><p>Trang này nhúng trợ lý bằng một dòng mã.</p></main>
<script src="/widget.js" async></script></html>"""
ANSWER_MS = 30_000


def chromium_path() -> str:
    """The browser's program. Raises ``SystemExit`` where there is none."""
    named = os.environ.get("CHROMIUM")
    found = named or next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if not found:
        raise SystemExit("no Chromium: install chromium, or name it in CHROMIUM")
    return found


@contextmanager
def visiting(browser: Browser, size: tuple[int, int], *, dark: bool = False) -> Iterator[Page]:
    """A fresh page of this size."""
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]},
        color_scheme="dark" if dark else "light",
        reduced_motion="reduce",
        locale="vi-VN",
    )
    yield context.new_page()
    context.close()


def picture_chat(browser: Browser, url: str, question: str, folder: Path, name: str, *, dark: bool) -> None:
    """The page before and after a question."""
    look = f"{name}-dark" if dark else name
    with visiting(browser, SIZES[name], dark=dark) as page:
        page.goto(url)
        page.locator(".message").first.wait_for()
        page.screenshot(path=folder / f"web-chat-{look}-start.png")
        before = page.locator(".message:not(.citizen)").count()
        page.locator("#message-text").fill(question)
        page.keyboard.press("Enter")
        page.locator(".message:not(.citizen)").nth(before).wait_for(timeout=ANSWER_MS)
        page.locator(".typing").filter(has_not_text="…").wait_for(state="attached")
        page.screenshot(path=folder / f"web-chat-{look}-answer.png")


def picture_widget(browser: Browser, url: str, folder: Path, name: str) -> None:
    """The button and the open widget, on a page of the gateway's own origin, which may always embed it."""
    with visiting(browser, SIZES[name]) as page:
        page.route("**/sample-site", lambda route: route.fulfill(body=HOST_PAGE, content_type="text/html; charset=utf-8"))
        page.goto(f"{url}/sample-site")
        page.locator("#motcua-widget .launcher").click()
        page.frame_locator("#motcua-widget iframe").locator(".message").first.wait_for()
        page.screenshot(path=folder / f"web-chat-{name}-widget.png")


def main() -> None:
    """Takes all pictures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--url", default="http://127.0.0.1:8080", help="address of the running gateway")
    parser.add_argument("--folder", type=Path, default=Path("docs/images"), help="where the pictures go")
    parser.add_argument("--question", default="Đăng ký khai sinh cần giấy tờ gì?", help="what is asked")
    wanted = parser.parse_args()
    wanted.folder.mkdir(parents=True, exist_ok=True)
    url = wanted.url.rstrip("/")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=list(FLAGS))
        for name in SIZES:
            picture_chat(browser, url, wanted.question, wanted.folder, name, dark=False)
            picture_widget(browser, url, wanted.folder, name)
        picture_chat(browser, url, wanted.question, wanted.folder, "phone", dark=True)
        browser.close()


if __name__ == "__main__":
    main()
