"""What the platform says of our page, in words for ``motcua channels status``. Pure."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from bot.texts import say
from connectors.channel import AccountCheck

SUBSCRIBED_FIELDS = (
    "messages",
    "messaging_postbacks",
    "messaging_referrals",
    "message_echoes",
    "message_deliveries",
    "message_reads",
    "message_reactions",
    "messaging_handovers",
    "messaging_policy_enforcement",
    "standby",
)
"""The page's events that we ask for. Of those left out, edits change nothing for us: the question is answered by then."""

NEEDED_SCOPES = ("pages_messaging", "pages_manage_metadata")


def subscribed_fields(told: Mapping[str, Any], app_id: str) -> frozenset[str]:
    """The fields of our app in the answer of ``subscribed_apps``; none where the webhook is disabled."""
    apps = told.get("data")
    for app in apps if isinstance(apps, list) else []:
        if isinstance(app, dict) and str(app.get("id")) == app_id:
            fields = app.get("subscribed_fields")
            return frozenset(field for field in fields if isinstance(field, str)) if isinstance(fields, list) else frozenset()
    return frozenset()


def verdict(page: Mapping[str, Any], token: Mapping[str, Any], fields: Iterable[str]) -> AccountCheck:
    """The facts, and what a person has to do. ``token`` may be empty: then nothing is known of it but that it works."""
    missing = [field for field in SUBSCRIBED_FIELDS if field not in set(fields)]
    scopes = token.get("scopes")
    lacking = [scope for scope in NEEDED_SCOPES if isinstance(scopes, list) and scope not in scopes]
    needs = None
    if token.get("is_valid") is False:
        needs = say("facebook_needs_token")
    elif lacking:
        needs = say("facebook_needs_scopes", scopes=", ".join(lacking))
    elif missing:
        needs = say("facebook_needs_webhook", fields=", ".join(missing))
    facts = (
        (say("facebook_fact_page"), f"{page.get('name', '?')} ({page.get('id', '?')})"),
        (say("facebook_fact_token"), _token_words(token)),
        (
            say("facebook_fact_webhook"),
            say("facebook_webhook_none") if len(missing) == len(SUBSCRIBED_FIELDS) else _count(missing),
        ),
    )
    return AccountCheck(needs is None, facts, needs)


def _count(missing: list[str]) -> str:
    return say("facebook_webhook_fields", count=len(SUBSCRIBED_FIELDS) - len(missing), all=len(SUBSCRIBED_FIELDS))


def _token_words(token: Mapping[str, Any]) -> str:
    if not token:
        return say("facebook_token_untold")
    if token.get("is_valid") is False:
        return say("facebook_token_invalid")
    ends = [_moment(token.get(name)) for name in ("expires_at", "data_access_expires_at")]
    known = [end for end in ends if end is not None]
    return say("facebook_token_until", day=f"{min(known):%d/%m/%Y}") if known else say("facebook_token_endless")


def _moment(value: Any) -> datetime | None:
    """Zero means "never"."""
    if not isinstance(value, int) or isinstance(value, bool) or not 0 < value < 4_102_444_800:
        return None
    return datetime.fromtimestamp(value, UTC)
