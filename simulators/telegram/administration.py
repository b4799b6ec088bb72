"""Methods about the bot itself: getMe, webhooks, getUpdates, getFile, commands."""

import json
import re
from typing import Any

from simulators.messaging.guard import RealPlatformHost, refuse_real_platform
from simulators.telegram.bot import Done, Method, TelegramBot
from simulators.telegram.errors import BotApiError, bad_request
from simulators.telegram.parameters import Call
from simulators.telegram.updates import NOT_BY_DEFAULT, WebhookSettings, refuse_bad_url

MAX_COMMANDS = 100
_SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")
_COMMAND = re.compile(r"[a-z0-9_]{1,32}")
_SCOPE = frozenset({"scope", "language_code"})
_ACTIVE = "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"


async def get_me(bot: TelegramBot, _call: Call) -> Done:
    """getMe."""
    abilities = {"can_join_groups": True, "can_read_all_group_messages": False, "supports_inline_queries": False}
    return Done(bot.as_user() | abilities | {"can_connect_to_business": False, "has_main_web_app": False})


async def set_webhook(bot: TelegramBot, call: Call) -> Done:
    """setWebhook. What is left out of ``allowed_updates`` stays as it was; the secret does not."""
    url = call.text("url").strip()
    if not url:
        return await delete_webhook(bot, call)
    refusal = refuse_bad_url(url, https_only=bot.knobs.https_only)
    if refusal:
        raise bad_request(refusal)
    try:
        refuse_real_platform(url)
    except RealPlatformHost as error:
        raise bad_request(f"bad webhook: {error} (simulator)") from None
    if "certificate" in call.files:
        raise bad_request("certificates are not simulated (simulator)")
    secret = call.text("secret_token")
    if secret and not _SECRET.fullmatch(secret):
        raise bad_request("secret token contains unallowed characters")
    connections = call.integer("max_connections", WebhookSettings().max_connections) or 0
    if not 1 <= connections <= 100:
        raise bad_request("max_connections must be between 1 and 100")
    allowed = _allowed_updates(call)
    current = bot.updates.settings
    settings = WebhookSettings(url, secret, connections, current.allowed_updates if allowed is None else allowed)
    unchanged = settings == current and not call.boolean("drop_pending_updates")
    await bot.updates.set_webhook(settings, drop_pending=call.boolean("drop_pending_updates"))
    return Done(True, "Webhook is already set" if unchanged else "Webhook was set")


async def delete_webhook(bot: TelegramBot, call: Call) -> Done:
    """deleteWebhook: pending updates stay, unless they are dropped."""
    had_webhook = bool(bot.updates.settings.url)
    settings = WebhookSettings(allowed_updates=bot.updates.settings.allowed_updates)
    await bot.updates.set_webhook(settings, drop_pending=call.boolean("drop_pending_updates"))
    return Done(True, "Webhook was deleted" if had_webhook else "Webhook is already deleted")


async def get_webhook_info(bot: TelegramBot, _call: Call) -> Done:
    """getWebhookInfo."""
    settings = bot.updates.settings
    pending = len(bot.updates.pending())
    info: dict[str, Any] = {"url": settings.url, "has_custom_certificate": False, "pending_update_count": pending}
    if settings.url:
        info |= {"max_connections": settings.max_connections, "ip_address": "127.0.0.1"} | bot.updates.last_error()
    if settings.allowed_updates:
        info["allowed_updates"] = list(settings.allowed_updates)
    return Done(info)


async def get_updates(bot: TelegramBot, call: Call) -> Done:
    """getUpdates; ``timeout`` is waited for on the simulated clock."""
    if bot.updates.settings.url:
        raise BotApiError(409, _ACTIVE)
    allowed = _allowed_updates(call)
    if allowed is not None:
        bot.updates.settings.allowed_updates = allowed
    offset = call.integer("offset", 0) or 0
    if offset > 0:
        bot.updates.confirm_before(offset)
    limit = min(max(call.integer("limit", 100) or 100, 1), 100)
    await bot.updates.wait_for_pending(min(max(call.integer("timeout", 0) or 0, 0), 50))
    pending = bot.updates.pending()
    chosen = pending[offset:] if offset < 0 else pending
    return Done([json.loads(update.body) for update in chosen[:limit]])


async def get_file(bot: TelegramBot, call: Call) -> Done:
    """getFile."""
    return Done(bot.files.open_path(call.text("file_id")))


async def set_my_commands(bot: TelegramBot, call: Call) -> Done:
    """setMyCommands, kept per scope and language."""
    commands = call.structure("commands", "list of bot commands")
    if not isinstance(commands, list):
        raise bad_request("can't parse commands: array expected")
    if len(commands) > MAX_COMMANDS:
        raise bad_request("BOT_COMMANDS_TOO_MUCH")
    for command in commands:
        if not isinstance(command, dict) or not isinstance(command.get("command"), str):
            raise bad_request("can't parse BotCommand: object expected")
        if not _COMMAND.fullmatch(command["command"]):
            raise bad_request("BOT_COMMAND_INVALID")
        if not 1 <= len(str(command.get("description", "")).strip()) <= 256:
            raise bad_request("BOT_COMMAND_DESCRIPTION_INVALID")
    bot.commands[_scope(call)] = commands
    return Done(True)


async def get_my_commands(bot: TelegramBot, call: Call) -> Done:
    """getMyCommands."""
    return Done(bot.commands.get(_scope(call), []))


async def delete_my_commands(bot: TelegramBot, call: Call) -> Done:
    """deleteMyCommands."""
    bot.commands.pop(_scope(call), None)
    return Done(True)


def _scope(call: Call) -> str:
    scope = call.structure("scope", "bot command scope") or {"type": "default"}
    if not isinstance(scope, dict) or not isinstance(scope.get("type"), str):
        raise bad_request("can't parse BotCommandScope: object expected")
    return json.dumps([scope, call.text("language_code")], sort_keys=True)


def _allowed_updates(call: Call) -> tuple[str, ...] | None:
    """The filter; empty = the default one; None = not given, so the one before stays."""
    allowed = call.structure("allowed_updates", "allowed updates")
    if allowed is None:
        return None
    if not isinstance(allowed, list) or not all(isinstance(kind, str) for kind in allowed):
        raise bad_request("can't parse allowed_updates: array of String expected")
    unknown = sorted(set(allowed) - UPDATE_KINDS)
    if unknown:
        # The platform ignores a name that it does not know; a misspelt one must not go unseen here.
        raise bad_request(f"unknown update kind {unknown[0]} in allowed_updates (simulator, strict)")
    return tuple(allowed)


UPDATE_KINDS = NOT_BY_DEFAULT | {
    "message",
    "edited_message",
    "channel_post",
    "edited_channel_post",
    "business_connection",
    "business_message",
    "edited_business_message",
    "deleted_business_messages",
    "inline_query",
    "chosen_inline_result",
    "callback_query",
    "shipping_query",
    "pre_checkout_query",
    "purchased_paid_media",
    "poll",
    "poll_answer",
    "my_chat_member",
    "chat_join_request",
    "chat_boost",
    "removed_chat_boost",
}


def administration_methods() -> list[Method]:
    """All methods of this file."""
    webhook = frozenset(
        ["url", "certificate", "ip_address", "max_connections", "allowed_updates", "drop_pending_updates", "secret_token"]
    )
    return [
        Method("getMe", frozenset(), get_me),
        Method("setWebhook", webhook, set_webhook),
        Method("deleteWebhook", frozenset({"drop_pending_updates"}), delete_webhook),
        Method("getWebhookInfo", frozenset(), get_webhook_info),
        Method("getUpdates", frozenset({"offset", "limit", "timeout", "allowed_updates"}), get_updates),
        Method("getFile", frozenset({"file_id"}), get_file),
        Method("setMyCommands", _SCOPE | {"commands"}, set_my_commands),
        Method("getMyCommands", _SCOPE, get_my_commands),
        Method("deleteMyCommands", _SCOPE, delete_my_commands),
    ]
