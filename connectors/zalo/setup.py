"""From the settings to the channel's parts. A setting that is missing is named."""

import httpx

from bot.conversations.clock import Clock, utc_now
from bot.settings import Settings
from bot.storage.database import SessionFactory
from connectors.platform_http import platform_client
from connectors.zalo.client import ZaloChannel
from connectors.zalo.envelope import ZaloIds
from connectors.zalo.oauth import OAuthClient, ZaloApp
from connectors.zalo.routes import WebhookSecret
from connectors.zalo.token_store import TokenStore
from connectors.zalo.tokens import ZaloTokens

_WHY = "the channel zalo is on (CHANNELS)"


def zalo_ids(settings: Settings) -> ZaloIds:
    """Our ids. Raises ``MissingSettingError``."""
    return ZaloIds(settings.required("zalo_app_id", _WHY), settings.required("zalo_oa_id", _WHY))


def webhook_secret(settings: Settings) -> WebhookSecret:
    """How the webhook's requests are checked. Raises ``MissingSettingError``."""
    return WebhookSecret(settings.required("zalo_oa_secret_key", _WHY), settings.zalo_signature)


def zalo_app(settings: Settings) -> ZaloApp:
    """Our app for OAuth. Raises ``MissingSettingError``."""
    verifier = settings.zalo_code_verifier.get_secret_value() if settings.zalo_code_verifier else None
    return ZaloApp(settings.required("zalo_app_id", _WHY), settings.required("zalo_app_secret", _WHY), verifier or None)


def zalo_tokens(settings: Settings, sessions: SessionFactory, http: httpx.AsyncClient, clock: Clock = utc_now) -> ZaloTokens:
    """The account's tokens in this ledger. Raises ``MissingSettingError`` and ``LedgerKeyError``."""
    store = TokenStore(sessions, settings.ledger_key.get_secret_value(), zalo_ids(settings).oa_id)
    return ZaloTokens(store, OAuthClient(http, settings.zalo_oauth_url, zalo_app(settings)), clock=clock)


def zalo_channel(settings: Settings, sessions: SessionFactory, clock: Clock = utc_now) -> ZaloChannel:
    """The channel; connects to nothing yet. Raises ``MissingSettingError`` and ``LedgerKeyError``."""
    http = platform_client(settings.zalo_api_url)
    tokens = zalo_tokens(settings, sessions, http, clock)
    files = httpx.AsyncClient(follow_redirects=False, timeout=10.0)
    return ZaloChannel(zalo_ids(settings), tokens, http, files, api_url=settings.zalo_api_url, clock=clock)
