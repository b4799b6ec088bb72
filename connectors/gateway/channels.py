"""The platforms that are on, built from the settings: the one place that knows all of them by name.

Everything raises ``MissingSettingError`` (or ``ValueError``, naming the setting) where something needed is not set.
"""

from collections.abc import Mapping
from datetime import timedelta

from fastapi import APIRouter

from bot.conversations.clock import Clock
from bot.conversations.platform_changes import PlatformChanges
from bot.conversations.platform_intake import PlatformIntake
from bot.conversations.private_values import PrivateValues
from bot.settings import Settings
from bot.storage.database import SessionFactory
from connectors.channel import Channel
from connectors.facebook.account import FacebookAccount
from connectors.facebook.capabilities import CAPABILITIES as FACEBOOK
from connectors.facebook.client import FacebookChannel
from connectors.facebook.routes import facebook_routes
from connectors.gateway.turn_rules import greeting
from connectors.gateway.webhooks import WebhookDoor
from connectors.platform_http import platform_client
from connectors.telegram.client import TelegramChannel, account_of, checked_secret
from connectors.telegram.render import CAPABILITIES as TELEGRAM
from connectors.telegram.routes import telegram_routes
from connectors.zalo.capabilities import ZALO
from connectors.zalo.routes import zalo_routes
from connectors.zalo.setup import webhook_secret, zalo_channel, zalo_ids

ChannelKey = tuple[str, str]
_CAPABILITIES = {"zalo": ZALO, "facebook": FACEBOOK, "telegram": TELEGRAM}
_WHY_TELEGRAM = "the channel telegram is on (CHANNELS)"


def platform_channels(settings: Settings, sessions: SessionFactory, clock: Clock) -> dict[ChannelKey, Channel]:
    """The accounts that can be sent with, by channel and account. Connects to nothing yet."""
    built = [_channel(name, settings, sessions, clock) for name in settings.enabled_channels]
    return {(channel.name, channel.account): channel for channel in built}


def _channel(name: str, settings: Settings, sessions: SessionFactory, clock: Clock) -> Channel:
    match name:
        case "zalo":
            return zalo_channel(settings, sessions, clock)
        case "facebook":
            account = FacebookAccount.from_settings(settings)
            return FacebookChannel(account, platform_client(account.graph_url))
        case _:
            token, secret = telegram_secrets(settings)
            return TelegramChannel(token, secret, settings.telegram_api_url)


def platform_routes(settings: Settings, door: WebhookDoor) -> list[APIRouter]:
    """The webhooks of the platforms that are on."""
    return [_routes(name, settings, door) for name in settings.enabled_channels]


def _routes(name: str, settings: Settings, door: WebhookDoor) -> APIRouter:
    match name:
        case "zalo":
            return zalo_routes(door, zalo_ids(settings), webhook_secret(settings))
        case "facebook":
            return facebook_routes(door, FacebookAccount.from_settings(settings))
        case _:
            token, secret = telegram_secrets(settings)
            return telegram_routes(door, account=account_of(token), secret=checked_secret(secret))


def telegram_secrets(settings: Settings) -> tuple[str, str]:
    """The bot's token and the webhook's secret word."""
    return settings.required("telegram_bot_token", _WHY_TELEGRAM), settings.required("telegram_webhook_secret", _WHY_TELEGRAM)


def webhook_address(settings: Settings, name: str) -> str:
    """Where a platform sends its events."""
    base = settings.public_url or f"http://127.0.0.1:{settings.gateway_port}"
    return f"{base.rstrip('/')}/webhooks/{name}"


def platform_intake(settings: Settings, sessions: SessionFactory, private: PrivateValues, clock: Clock) -> PlatformIntake:
    """The way of all platforms' events into the ledger."""
    silence = timedelta(minutes=settings.platform_officer_silence_minutes)
    return PlatformIntake(sessions, private, PlatformChanges(silence, greeting), _hold_backs(settings), clock)


def _hold_backs(settings: Settings) -> Mapping[str, timedelta]:
    wait = timedelta(seconds=settings.inbound_hold_back_seconds)
    return {name: wait for name in settings.enabled_channels if not _CAPABILITIES[name].keeps_order}
