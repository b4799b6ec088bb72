"""The portal that the settings name: adapter, breaker, webhooks."""

from dataclasses import dataclass

from bot.metrics.declared import PORTAL_BREAKER
from bot.portal.breaker import BreakerState, CircuitBreaker, GuardedPortal
from bot.portal.gateway import PortalGateway
from bot.portal.http_portal import HttpPortal
from bot.portal.lgsp_portal import LgspPortal
from bot.portal.lgsp_service import LgspAccount
from bot.portal.oauth import ClientCredentials
from bot.portal.webhooks import PortalWebhooks
from bot.settings import Settings

_OPEN: dict[BreakerState, float] = {"closed": 0.0, "half_open": 0.5, "open": 1.0}


@dataclass(frozen=True)
class AssembledPortal:
    """One per process. ``gateway`` is what all callers use; ``breaker.state`` is for the health page."""

    gateway: PortalGateway
    breaker: CircuitBreaker
    adapter: HttpPortal | LgspPortal

    def close(self) -> None:
        """Closes the connections to the portal."""
        self.adapter.close()


def assemble_portal(settings: Settings) -> AssembledPortal:
    """The portal behind its breaker. Raises ``MissingSettingError`` for a secret that the adapter needs, ``ValueError`` for an
    address that cannot be used."""
    adapter, breaker = _adapter(settings), CircuitBreaker()
    PORTAL_BREAKER.set_function(lambda: _OPEN[breaker.state])
    return AssembledPortal(GuardedPortal(adapter, breaker), breaker, adapter)


def _adapter(settings: Settings) -> HttpPortal | LgspPortal:
    if settings.portal_adapter == "lgsp":
        password = settings.required("portal_lgsp_password", "PORTAL_ADAPTER is lgsp")
        account = LgspAccount(settings.portal_lgsp_user, password, settings.portal_lgsp_agency, settings.portal_lgsp_destination)
        return LgspPortal(settings.portal_lgsp_url, account, login_url=settings.portal_lgsp_login_url)
    secret = settings.required("portal_client_secret", "PORTAL_ADAPTER is http")
    hosts = [host.strip().lower() for host in settings.portal_link_hosts.split(",") if host.strip()]
    return HttpPortal(settings.portal_url, ClientCredentials(settings.portal_client_id, secret), link_hosts=hosts)


def portal_webhooks(settings: Settings) -> PortalWebhooks:
    """The check of what comes to the portal's webhook. PORTAL_WEBHOOK_SECRET may hold several, comma separated, while one is
    exchanged for another. Raises ``MissingSettingError``."""
    secrets = settings.required("portal_webhook_secret", "the portal's webhook is checked with it")
    return PortalWebhooks([secret.strip() for secret in secrets.split(",")])
