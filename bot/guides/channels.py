"""The list of the assistant's official channels (NĐ 224/2026/NĐ-CP art. 10: an agency publishes its channels), and the official
pages that answers lead to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bot.guides.book import Name, Words
from bot.settings import PLATFORMS, Settings

HOSTS: Mapping[str, frozenset[str]] = {
    "zalo": frozenset({"zalo.me"}),
    "facebook": frozenset({"m.me", "www.facebook.com", "facebook.com"}),
    "telegram": frozenset({"t.me"}),
}
"""Where a platform's own links lead: a link to anywhere else is no account of ours."""

_MOST_BYTES = 100_000


class ChannelLinksError(ValueError):
    """``OFFICIAL_CHANNEL_LINKS`` cannot be used; the message names what is wrong."""


class OfficialPagesError(ValueError):
    """``data/official_pages.yml`` cannot be used; the message names every fault."""


@dataclass(frozen=True)
class OfficialChannel:
    """One way to the assistant: ``web``, or a platform that is on. ``link`` None: its address is not published (yet)."""

    kind: str
    link: str | None


class OfficialPage(BaseModel):
    """A page of the state that answers lead to: its host, who keeps it, what is done there, and when somebody last looked."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    host: Annotated[str, Field(pattern=r"^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9-]+)*\.gov\.vn$", max_length=80)]
    owner: Name
    use: Words
    checked: date


def public_address(settings: Settings) -> str:
    """Where citizens reach the public pages, without a slash at the end."""
    return (settings.public_url or f"http://127.0.0.1:{settings.gateway_port}").rstrip("/")


def channel_links(setting: str) -> dict[str, str]:
    """Platform → link of our account. Raises ``ChannelLinksError``: a slip must not send citizens to somebody else's account."""
    links: dict[str, str] = {}
    for entry in (part.strip() for part in setting.split(",")):
        if not entry:
            continue
        name, _, link = (part.strip() for part in entry.partition("="))
        parts = urlsplit(link)
        if name not in PLATFORMS or name in links:
            raise ChannelLinksError(f"OFFICIAL_CHANNEL_LINKS: {name!r} is no platform of ours, or stands twice")
        plain = parts.scheme == "https" and parts.netloc in HOSTS[name] and parts.path.strip("/")
        if not plain or parts.query or parts.fragment or any(char.isspace() for char in link):
            raise ChannelLinksError(
                f"OFFICIAL_CHANNEL_LINKS: {link!r} is no plain https link to {' or '.join(sorted(HOSTS[name]))}"
            )
        links[name] = link
    return links


def official_channels(settings: Settings) -> tuple[OfficialChannel, ...]:
    """The web chat and the platforms that are on. On a trial with stand-ins of the platforms no links are published. Raises
    ``ChannelLinksError``."""
    links = {} if settings.platform_simulators else channel_links(settings.official_channel_links)
    platforms = (OfficialChannel(name, links.get(name)) for name in settings.enabled_channels)
    return (OfficialChannel("web", f"{public_address(settings)}/"), *platforms)


def dated_hotline(settings: Settings) -> tuple[str, date] | None:
    """The telephone number and the day of its last confirmation; None unless both are set."""
    return (settings.hotline, settings.hotline_checked) if settings.hotline and settings.hotline_checked else None


def load_official_pages(path: Path) -> Sequence[OfficialPage]:
    """The pages in their order. Raises ``OfficialPagesError``."""
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise OfficialPagesError(f"{path.name}: larger than {_MOST_BYTES} bytes")
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        pages = [OfficialPage.model_validate(entry) for entry in content["official_pages"]]
    except ValidationError as error:
        faults = [f"{path.name}: {'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors()]
        raise OfficialPagesError("\n".join(faults)) from error
    except (OSError, UnicodeDecodeError, yaml.YAMLError, KeyError, TypeError, RecursionError) as error:
        raise OfficialPagesError(f"{path.name}: cannot be read ({type(error).__name__})") from error
    if len({page.host for page in pages}) < len(pages):
        raise OfficialPagesError(f"{path.name}: a host stands twice")
    return pages
