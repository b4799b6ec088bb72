"""In the middle of one form another matter is wanted: "thôi cho tôi làm đăng ký tạm trú trước"."""

import re

from bot.dialogue.services import Services
from bot.language.normalise import fold

LONGEST_WISH = 14

_WANTS = re.compile(
    r"^\W*(?:(?:a|oi|thoi|khoan|the|vay|gio|bay gio|nham|ma|da|xin|lam on)\W+)*"
    r"(?:(?:cho|de) (?:toi|em|minh|chau|bac) |(?:toi|em|minh) (?:muon|can|doi|chuyen)(?: y)? |muon |can |doi |chuyen )"
    r"(?:(?:sang|qua|lam|khai|nop|dien|dang ky|xin|truoc|muon|ho so|to khai|don) )*"
)
_TURNS = re.compile(r"\b(?:truoc|da|sang|qua|chuyen|doi|thoi|khoan)\b")


def wants_other_form(text: str, services: Services) -> str | None:
    """The procedure whose form is wanted instead, where the message says so and the search is sure of it."""
    words = fold(text)
    if len(words.split()) > LONGEST_WISH or services.submissions is None or not _TURNS.search(words):
        return None
    wish = _WANTS.match(words)
    if wish is None:
        return None
    found = services.search.search(text)
    if found.verdict != "sure" or not found.hits or not services.submissions.has_form(found.hits[0].code):
        return None
    return found.hits[0].code
