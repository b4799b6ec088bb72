"""Where reports go, from the settings."""

import re
from typing import Literal
from urllib.parse import urlsplit

from bot.settings import MissingSettingError, Settings

_ADDRESS = re.compile(r"[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+")

Destination = Literal["folder", "mail", "webhook"]


def destinations(settings: Settings) -> tuple[Destination, ...]:
    """The destinations that are wanted, whether their settings are right or not: reports wait for them until they are."""
    wanted: dict[Destination, bool] = {
        "folder": settings.report_folder is not None,
        "mail": bool(settings.report_mail_to.strip()),
        "webhook": bool(settings.report_webhook_url),
    }
    return tuple(name for name, there in wanted.items() if there)


def fault_of(settings: Settings, destination: Destination) -> str | None:
    """Why nothing can be sent there yet, naming the setting; None where all is well."""
    try:
        if destination == "mail":
            _check_mail(settings)
        if destination == "webhook":
            settings.required("report_webhook_secret", "REPORT_WEBHOOK_URL is set")
            _check_address(settings)
    except (MissingSettingError, ValueError) as error:
        return str(error)
    return None


def local_hosts(settings: Settings) -> frozenset[str]:
    """``host:port`` of receivers inside our own network."""
    return frozenset(one.strip().lower() for one in settings.report_webhook_local.split(",") if one.strip())


def mail_addresses(settings: Settings) -> tuple[str, ...]:
    """Whom reports are mailed to."""
    return tuple(one.strip() for one in settings.report_mail_to.split(",") if one.strip())


def _check_mail(settings: Settings) -> None:
    for name in ("report_smtp_host", "report_mail_from"):
        settings.required(name, "REPORT_MAIL_TO is set")
    for name, addresses in (("TO", mail_addresses(settings)), ("FROM", (settings.report_mail_from or "",))):
        if any(_ADDRESS.fullmatch(one) is None for one in addresses):
            raise ValueError(f"REPORT_MAIL_{name} holds something that is no mail address")
    password = settings.report_smtp_password
    if not (settings.report_smtp_user or "").isascii() or (password and not password.get_secret_value().isascii()):
        raise ValueError("REPORT_SMTP_USER and REPORT_SMTP_PASSWORD may hold ASCII characters only")
    if password is not None and settings.report_smtp_security == "none":
        raise ValueError("REPORT_SMTP_SECURITY is none: the password would be sent in clear")


def _check_address(settings: Settings) -> None:
    address = settings.report_webhook_url or ""
    try:
        url = urlsplit(address)
        port = url.port or (443 if url.scheme == "https" else 80)
    except ValueError as error:
        raise ValueError("REPORT_WEBHOOK_URL is no address") from error
    if not url.hostname or url.username or url.fragment or not (address.isprintable() and address.isascii()):
        raise ValueError("REPORT_WEBHOOK_URL must be https://host/path, without a user")
    if url.scheme != "https" and f"{url.hostname}:{port}" not in local_hosts(settings):
        raise ValueError("REPORT_WEBHOOK_URL must begin with https://, or its host stand in REPORT_WEBHOOK_LOCAL")
