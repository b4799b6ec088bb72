"""``python -m connectors.gateway.accounts status|set-webhook|test [CHANNEL]`` (also ``motcua channels``)."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Annotated

import httpx
import typer

from bot.clock import VIETNAM_TIME
from bot.conversations.clock import utc_now
from bot.conversations.delivery_figures import ChannelFigures, channel_figures
from bot.settings import Settings
from bot.storage.database import Database, open_database
from bot.texts import say
from connectors.channel import Channel, ChannelError
from connectors.facebook.client import FacebookChannel
from connectors.gateway.channels import platform_channels, webhook_address
from connectors.gateway.webhook_probe import try_webhook

app = typer.Typer(no_args_is_help=True, pretty_exceptions_show_locals=False)
Name = Annotated[str | None, typer.Argument()]


@app.command("status")
def show_status(name: Name = None) -> None:
    """What the platforms and the ledger say of our accounts; exit 1 where a person has to do something."""
    settings = _settings(name)
    database = open_database(settings.database_url)
    try:
        fine = asyncio.run(_status(settings, database))
    finally:
        database.engine.dispose()
    raise typer.Exit(0 if fine else 1)


@app.command("set-webhook")
def set_webhook(name: Name = None) -> None:
    """Registers our addresses with the platforms, or says what to do in their consoles."""
    settings = _settings(name)
    database = open_database(settings.database_url)
    try:
        fine = asyncio.run(_set_webhooks(settings, database))
    finally:
        database.engine.dispose()
    raise typer.Exit(0 if fine else 1)


@app.command("set-profile")
def set_profile(name: Name = None) -> None:
    """Puts our greeting, start button and menu where a platform has such a profile."""
    settings = _settings(name)
    database = open_database(settings.database_url)
    try:
        fine = asyncio.run(_set_profiles(settings, database))
    finally:
        database.engine.dispose()
    raise typer.Exit(0 if fine else 1)


@app.command("test")
def try_webhooks(name: Name = None) -> None:
    """Sends each webhook of ours a signed and a forged event; exit 1 where one is not answered as it must be."""
    settings = _settings(name)
    fine = True
    with httpx.Client(timeout=10, trust_env=settings.public_url is not None) as client:
        for one in settings.enabled_channels:
            result = try_webhook(one, settings, client)
            fine &= result.ok
            key = "channel_webhook_ok" if result.ok else "channel_webhook_wrong"
            typer.echo(say(key, channel=one, url=result.url, signed=result.signed or "–", forged=result.forged or "–"))
    raise typer.Exit(0 if fine else 1)


def _settings(name: str | None) -> Settings:
    settings = Settings()
    if name is None:
        return settings
    chosen = settings.model_copy(update={"channels": name})
    if set(chosen.enabled_channels) - set(settings.enabled_channels):
        typer.echo(say("channel_is_off", channel=name), err=True)
        raise typer.Exit(2)
    return chosen


async def _status(settings: Settings, database: Database) -> bool:
    fine = True
    for channel in platform_channels(settings, database.sessions, utc_now).values():
        typer.echo(f"{channel.name} ({channel.account})")
        fine &= await _say_account(channel)
        with database.sessions() as session:
            fine &= _say_ledger(channel_figures(session, channel.name, datetime.now(UTC) - timedelta(days=1)))
        await channel.aclose()
    return fine


async def _say_account(channel: Channel) -> bool:
    try:
        check = await channel.check_account()
    except ChannelError as error:
        typer.echo("  ✗ " + say("channel_check_failed", reason=error.reason))
        return False
    for title, value in check.facts:
        typer.echo(f"  {title}: {value}")
    if check.needs is not None:
        typer.echo(f"  ✗ {check.needs}")
    return check.ok


def _say_ledger(figures: ChannelFigures) -> bool:
    typer.echo("  " + say("channel_last_inbound", at=_moment(figures.last_inbound_at)))
    typer.echo("  " + say("channel_waiting", count=figures.waiting, since=_moment(figures.oldest_waiting_at)))
    for reason, count in figures.unsent.most_common():
        typer.echo("  " + say("channel_unsent", count=count, reason=reason))
    if figures.unreachable:
        typer.echo("  " + say("channel_unreachable", count=figures.unreachable))
    if figures.state != "ok":
        typer.echo("  ✗ " + say("channel_needs_attention", reason=figures.reason, until=_moment(figures.paused_until)))
    return figures.state == "ok"


def _moment(at: datetime | None) -> str:
    return at.astimezone(VIETNAM_TIME).strftime("%H:%M %d/%m/%Y") if at is not None else "–"


async def _set_webhooks(settings: Settings, database: Database) -> bool:
    fine = True
    for channel in platform_channels(settings, database.sessions, utc_now).values():
        try:
            typer.echo(f"{channel.name}: {await channel.set_webhook(webhook_address(settings, channel.name))}")
        except ChannelError as error:
            fine = False
            typer.echo(f"{channel.name}: ✗ {say('channel_check_failed', reason=error.reason)}")
        await channel.aclose()
    return fine


async def _set_profiles(settings: Settings, database: Database) -> bool:
    fine = True
    for channel in platform_channels(settings, database.sessions, utc_now).values():
        if isinstance(channel, FacebookChannel):
            try:
                await channel.set_profile()
                typer.echo(f"{channel.name}: {say('channel_profile_set')}")
            except ChannelError as error:
                fine = False
                typer.echo(f"{channel.name}: ✗ {say('channel_check_failed', reason=error.reason)}")
        await channel.aclose()
    return fine


if __name__ == "__main__":
    app()
