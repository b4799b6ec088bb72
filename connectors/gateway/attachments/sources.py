"""Where each platform keeps what citizens send."""

from collections.abc import Callable
from dataclasses import dataclass

import httpx

from bot.settings import Settings
from connectors.gateway.attachments.fetching import Fetcher, HostRules
from connectors.telegram.files import TelegramFiles

# As seen in the platforms' events; a platform that moves its files shows up as ``host_not_allowed`` in the attachments' details.
ZALO_HOSTS = ("*.zdn.vn", "*.zadn.vn", "*.zalo.me", "*.zaloapp.com")
FACEBOOK_HOSTS = ("*.fbcdn.net", "*.fbsbx.com")


def _as_it_is(link: str) -> str:
    return link


@dataclass(frozen=True)
class AttachmentSource:
    """One platform's files: ``link_of`` makes a link from what the event named (a link already, or a file id) and raises
    ``FetchError``; ``rules`` say where it may lead."""

    rules: HostRules
    link_of: Callable[[str], str] = _as_it_is


def attachment_sources(settings: Settings, fetcher: Fetcher) -> dict[str, AttachmentSource]:
    """The sources of the platforms that are on, by channel. A platform's address that is set to plain http is a server of the
    operator's own (a simulator): files may come from there too."""
    channels = settings.enabled_channels
    sources = {}
    if "zalo" in channels:
        ports = (settings.zalo_sim_port, settings.zalo_sim_control_port)
        sources["zalo"] = AttachmentSource(HostRules(ZALO_HOSTS, _own_servers(settings, settings.zalo_api_url, ports)))
    if "facebook" in channels:
        ports = (settings.messenger_sim_port, settings.messenger_sim_control_port)
        sources["facebook"] = AttachmentSource(
            HostRules(FACEBOOK_HOSTS, _own_servers(settings, settings.facebook_graph_url, ports))
        )
    if "telegram" in channels:
        ports = (settings.telegram_sim_port, settings.telegram_sim_control_port)
        api_url = settings.telegram_api_url
        rules = HostRules((httpx.URL(api_url).host,), _own_servers(settings, api_url, ports))
        token = settings.required("telegram_bot_token", "Telegram is on")
        sources["telegram"] = AttachmentSource(rules, TelegramFiles(token, api_url, fetcher, rules).link_of)
    return sources


def _own_servers(settings: Settings, api_url: str, simulator_ports: tuple[int, ...]) -> frozenset[str]:
    own = {f"127.0.0.1:{port}" for port in simulator_ports} if settings.platform_simulators else set()
    url = httpx.URL(api_url)
    return frozenset(own | {f"{url.host}:{url.port or 80}"} if url.scheme == "http" else own)
