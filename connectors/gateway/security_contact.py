"""``/.well-known/security.txt`` (RFC 9116): whom to tell of a weakness."""

import re
from datetime import UTC, date, datetime, time

from fastapi import APIRouter
from fastapi.responses import PlainTextResponse

from bot.clock import VIETNAM_TIME
from bot.conversations.clock import Clock
from bot.settings import Settings
from connectors.gateway.problems import Problem

PATH = "/.well-known/security.txt"
_CONTACT = re.compile(r"(?:mailto:[^\s@,]+@[^\s@,]+|https://[^\s,]+|tel:\+[0-9-]+)")


class SecurityContactError(ValueError):
    """SECURITY_CONTACT is no address that security.txt may name."""


def contacts_of(setting: str) -> tuple[str, ...]:
    """The contacts in their order; a bare e-mail address gets its ``mailto:``. Raises ``SecurityContactError``."""
    told = [part.strip() for part in setting.split(",") if part.strip()]
    whole = [f"mailto:{one}" if "@" in one and ":" not in one else one for one in told]
    for one in whole:
        if not one.isascii() or not _CONTACT.fullmatch(one):
            raise SecurityContactError("SECURITY_CONTACT is a list of e-mail addresses, https:// addresses or tel: numbers")
    return tuple(whole)


def security_txt(contacts: tuple[str, ...], until: date | None, public_url: str | None, now: datetime) -> str | None:
    """The file's text; None where nobody is named, or where it would be out of date: a stale contact is worse than none."""
    if not contacts or until is None:
        return None
    end = datetime.combine(until, time(23, 59, 59), VIETNAM_TIME).astimezone(UTC)
    if end <= now:
        return None
    lines = [*(f"Contact: {one}" for one in contacts), f"Expires: {end:%Y-%m-%dT%H:%M:%SZ}", "Preferred-Languages: vi, en"]
    if public_url:
        lines.append(f"Canonical: {public_url.rstrip('/')}{PATH}")
    return "\n".join(lines) + "\n"


def security_contact_routes(settings: Settings, clock: Clock) -> APIRouter:
    """The route; 404 where there is nothing to say. Raises ``SecurityContactError``."""
    router = APIRouter()
    contacts = contacts_of(settings.security_contact)

    @router.get(PATH)
    def show_security_contact() -> PlainTextResponse:
        text = security_txt(contacts, settings.security_contact_until, settings.public_url, clock())
        if text is None:
            raise Problem(404, "page_not_found")
        return PlainTextResponse(text)

    return router
