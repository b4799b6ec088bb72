"""A browser page as the tests use it."""

from collections.abc import Callable
from dataclasses import dataclass

from playwright.sync_api import BrowserContext, Page


@dataclass
class Visit:
    """A page in its own context, with what went wrong in it."""

    page: Page
    context: BrowserContext
    faults: list[str]


Visitor = Callable[..., Visit]


def ask(page: Page, text: str) -> None:
    """Types a question and sends it with Enter."""
    page.get_by_label("Câu hỏi của Ông/Bà").fill(text)
    page.keyboard.press("Enter")
