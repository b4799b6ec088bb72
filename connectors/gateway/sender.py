"""Runs a sender: ``python -m connectors.gateway.sender``. A missing or unusable setting stops the start, by name."""

import asyncio
import signal

import uvloop

from bot.conversations.clock import Clock, utc_now
from bot.conversations.private_values import PrivateValues
from bot.handover import tell_ready
from bot.heap import settle_heap
from bot.logs import configure_logging
from bot.metrics.process import observed
from bot.metrics.pulse import Pulse
from bot.metrics.readiness import ledger_readiness
from bot.officers.files import file_to_attach
from bot.secret_strength import refuse_weak_secrets
from bot.settings import Settings
from bot.storage.connections import ledger_of
from bot.storage.database import SessionFactory
from bot.storage.wakeup import OUTBOUND, wakeup_for
from bot.tracing import configure_tracing
from connectors.channel import FileContent
from connectors.gateway.account_care import AccountCare
from connectors.gateway.channels import platform_channels, platform_intake
from connectors.gateway.sending import LoadFile, Sender, SenderPace
from connectors.gateway.worker_pace import worker_name


def file_loader(sessions: SessionFactory, private: PrivateValues, clock: Clock) -> LoadFile:
    """Gives the sender officers' files out of the ledger."""

    def load(conversation_id: str, number: int) -> FileContent | None:
        with sessions() as session:
            return file_to_attach(session, private, conversation_id, number, clock())

    return load


async def serve(settings: Settings, pace: SenderPace | None = None) -> None:
    """Sends until SIGTERM or SIGINT."""
    database = ledger_of(settings)
    wakeup = wakeup_for(settings.database_url, OUTBOUND, direct_url=settings.database_direct_url)
    channels = platform_channels(settings, database.sessions, utc_now)
    private = PrivateValues(database.sessions, settings.ledger_key.get_secret_value())
    load = file_loader(database.sessions, private, utc_now)
    pulse = Pulse()
    sender = Sender(database.sessions, channels, name=worker_name(), pace=pace, wakeup=wakeup, load_file=load, pulse=pulse)
    intake = platform_intake(settings, database.sessions, private, utc_now)
    care = AccountCare(list(channels.values()), database.sessions, intake.take_in, utc_now)
    caring = asyncio.create_task(care.run(), name="account-care")
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, sender.stop)
    try:
        with observed(settings, "sender", pulse, lambda: ledger_readiness(database.engine, loop=pulse.begun)):
            settle_heap()
            tell_ready()
            await sender.run()
    finally:
        caring.cancel()
        await asyncio.wait([caring])
        for channel in channels.values():
            await channel.aclose()
        wakeup.close()
        database.engine.dispose()


def main() -> None:
    """Reads the settings and serves."""
    settings = Settings()
    configure_logging(settings.log_level, "sender", settings.log_format)
    refuse_weak_secrets(settings)
    end_tracing = configure_tracing("sender")
    try:
        # The loop of the gateway's server: half the cost of Python's own for a call to a platform.
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(serve(settings))
    finally:
        end_tracing()


if __name__ == "__main__":
    main()
