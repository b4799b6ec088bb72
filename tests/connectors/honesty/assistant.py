"""The whole assistant against the stand-ins: gateway, workers and senders over real HTTP, on one clock with the platforms."""

import asyncio
import secrets
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from bot.conversations.clock import utc_now
from bot.conversations.ownership import Officer
from bot.conversations.private_values import PrivateValues
from bot.conversations.speech import Author, Line, write_lines
from bot.conversations.transcript import read_transcript
from bot.messages import BotMessage
from bot.officers.files import CheckedFile, attached_message, keep_file
from bot.officers.native_files import sent_as
from bot.settings import Settings
from bot.storage.channel_models import Attachment, ChannelAccount, ChannelEvent, Delivery
from bot.storage.database import Database, open_database, writing
from bot.storage.migrate import upgrade
from bot.storage.models import Conversation, Inbound, Outbound
from bot.storage.wakeup import PolledWakeup
from connectors.gateway.app import create_app
from connectors.gateway.attachments.notices import ReceivesAttachments
from connectors.gateway.channels import platform_channels
from connectors.gateway.engine_client import EngineClient
from connectors.gateway.sender import file_loader
from connectors.gateway.sending import Sender, SenderPace
from connectors.gateway.worker import Worker
from connectors.zalo.oauth import TokenPair
from connectors.zalo.token_store import TokenStore
from tests.connectors.fake_engine import SECRET, FakeEngine, echo, running_engine
from tests.connectors.harness import FAST, served, settings_for
from tests.connectors.honesty.stands import Citizen, Stand, ZaloStand, soon

_LOOKS_EVERY = 0.03
"""Seconds between two looks of workers and senders into the ledger: more often than in production, to save waiting."""


class SharedTime:
    """Our processes' clock, and the platforms' clocks moved with it. It only goes on.

    While it is moved it tells nobody the time: a sender between two clocks would be too fast for a platform's limits."""

    def __init__(self, stands: Sequence[Stand]) -> None:
        self._offset = timedelta(0)
        self._stands = stands
        self._moving = threading.Lock()
        self.move()

    def __call__(self) -> datetime:
        with self._moving:
            return utc_now() + self._offset

    def move(self, **by: float) -> None:
        """Moves by ``timedelta(**by)``."""
        with self._moving:
            self._offset += timedelta(**by)
            for stand in self._stands:
                stand.order("/clock", {"now": (utc_now() + self._offset).isoformat()})


class Assistant:
    """What runs, and what its ledger says."""

    def __init__(self, database: Database, settings: Settings, engine: FakeEngine, stands: dict[str, Stand]) -> None:
        self.database, self.settings, self.engine, self.stands = database, settings, engine, stands
        self.time = SharedTime(list(stands.values()))
        self.private = PrivateValues(database.sessions, settings.ledger_key.get_secret_value(), self.time)
        self.attachments: ReceivesAttachments | None = None
        self._gateway = ExitStack()
        self._workers = ExitStack()
        self._senders = ExitStack()

    def start(self) -> None:
        """Starts whatever is stopped."""
        self.start_gateway()
        self.start_worker()
        self.start_sender()

    def stop(self) -> None:
        """Stops whatever runs."""
        self.stop_sender()
        self.stop_worker()
        self.stop_gateway()

    @contextmanager
    def reconfigured(self, **changes: Any) -> Iterator[None]:
        """Everything starts anew with other settings, and with the old ones at the end."""
        before = self.settings
        self.stop()
        self.settings = before.model_copy(update=changes)
        try:
            self.start()
            yield
        finally:
            self.stop()
            self.settings = before
            self.start()

    def start_gateway(self) -> None:
        """A gateway, known to the platforms."""
        base = self._gateway.enter_context(served(create_app(self.settings, clock=self.time)))
        for name in self.settings.enabled_channels:
            self.stands[name].connect(base)

    def stop_gateway(self) -> None:
        """Nobody answers the webhooks any more."""
        self._gateway.close()

    def start_worker(self) -> None:
        """A worker."""
        self._workers.enter_context(self._working())

    def stop_worker(self) -> None:
        """Turns are no longer carried out."""
        self._workers.close()

    def start_sender(self, count: int = 1, hands: int = 16) -> None:
        """Senders with ``hands`` calls at once each; every one has connections and tokens of its own."""
        for _ in range(count):
            self._senders.enter_context(self._sending(hands))

    def stop_sender(self) -> None:
        """Nothing is sent any more."""
        self._senders.close()

    @contextmanager
    def _working(self) -> Iterator[None]:
        client = EngineClient(f"http://127.0.0.1:{self.engine.port}", SECRET)
        worker = Worker(
            self.database.sessions,
            client,
            clock=self.time,
            pace=FAST,
            wakeup=PolledWakeup(_LOOKS_EVERY),
            attachments=self.attachments,
        )
        thread = threading.Thread(target=worker.run)
        thread.start()
        try:
            yield
        finally:
            worker.stop()
            thread.join()
            client.close()

    @contextmanager
    def _sending(self, hands: int) -> Iterator[None]:
        started = threading.Event()
        senders: list[Sender] = []

        async def send() -> None:
            channels = platform_channels(self.settings, self.database.sessions, self.time)
            name = f"sender-{secrets.token_hex(4)}"
            pace, wakeup = SenderPace(calls_at_once=hands), PolledWakeup(_LOOKS_EVERY)
            load = file_loader(self.database.sessions, self.private, self.time)
            about: dict[str, Any] = {"clock": self.time, "pace": pace, "wakeup": wakeup, "load_file": load}
            senders.append(Sender(self.database.sessions, channels, name=name, **about))
            started.set()
            try:
                await senders[0].run()
            finally:
                for channel in channels.values():
                    await channel.aclose()

        thread = threading.Thread(target=lambda: asyncio.run(send()))
        thread.start()
        try:
            assert started.wait(20), "the sender did not start"
            yield
        finally:
            senders[0].stop()
            thread.join()

    def conversation_of(self, citizen: Citizen) -> Conversation | None:
        """The citizen's conversation; None where we know nobody of this id."""
        mine = (Conversation.channel == citizen.stand.name, Conversation.external_id == citizen.id)
        with self.database.sessions() as session:
            return session.scalars(select(Conversation).where(*mine)).one_or_none()

    def conversation(self, citizen: Citizen) -> Conversation:
        """The citizen's conversation, which must be there."""
        found = self.conversation_of(citizen)
        assert found is not None, "no conversation"
        return found

    def inbound(self, citizen: Citizen) -> list[Inbound]:
        """What the citizen said, by number."""
        return self._rows(Inbound, citizen, Inbound.seq)

    def outbound(self, citizen: Citizen) -> list[Outbound]:
        """What was or should have been said to the citizen."""
        return self._rows(Outbound, citizen, Outbound.id)

    def sent(self, citizen: Citizen) -> list[Delivery]:
        """The calls to the platform."""
        return self._rows(Delivery, citizen, Delivery.id)

    def is_sending(self) -> bool:
        """Whether a call to a platform is under way: the citizen may have the message before the ledger knows."""
        with self.database.sessions() as session:
            return session.scalars(select(Delivery.id).where(Delivery.state == "sending").limit(1)).first() is not None

    def attached(self, citizen: Citizen) -> list[Attachment]:
        """What the citizen sent beside text."""
        return self._rows(Attachment, citizen, Attachment.id)

    def events(self, citizen: Citizen) -> list[ChannelEvent]:
        """The platform's other events."""
        return self._rows(ChannelEvent, citizen, ChannelEvent.id)

    def _rows(self, model: Any, citizen: Citizen, order: Any) -> list[Any]:
        found = self.conversation_of(citizen)
        mine = found.id if found is not None else ""
        with self.database.sessions() as session:
            return list(session.scalars(select(model).where(model.conversation_id == mine).order_by(order)))

    def transcript(self, citizen: Citizen) -> list[tuple[str, str]]:
        """Who said what, as officers read it."""
        mine = self.conversation(citizen).id
        with self.database.sessions() as session:
            return [(line.speaks, line.text) for line in read_transcript(session, mine)]

    def account(self, channel: str) -> ChannelAccount | None:
        """Our account's state."""
        with self.database.sessions() as session:
            return session.scalars(select(ChannelAccount).where(ChannelAccount.channel == channel)).first()

    def turns(self, citizen: Citizen) -> list[dict[str, Any]]:
        """What the engine was asked for this citizen."""
        mine = self.conversation(citizen).id
        return [turn for turn in list(self.engine.turns) if turn["metadata"]["conversation_id"] == mine]

    def tell(self, citizen: Citizen, text: str, author: Author = "bot") -> int:
        """Has something said that the citizen did not ask for; the message's id."""
        with writing(self.database.sessions) as session:
            conversation = session.get_one(Conversation, self.conversation(citizen).id, with_for_update=True)
            line = Line(BotMessage(text, kind="notice"), author)
            return write_lines(session, conversation, [line], key=f"test:{secrets.token_hex(8)}", now=self.time())[0].id

    def give_file(self, citizen: Citizen, file: CheckedFile) -> int:
        """An officer's file as the console sends it; the message's id."""
        kind = sent_as(citizen.stand.name, file.media_type, len(file.content)).kind
        assert kind is not None, "the platform would get a link"
        with writing(self.database.sessions) as session:
            conversation = session.get_one(Conversation, self.conversation(citizen).id, with_for_update=True)
            kept = keep_file(session, self.private, conversation.id, Officer("lan", "Lan"), file, self.time())
            line = Line(attached_message("https://motcua.example", kept, file.name, kind), "officer", "lan", "Lan")
            return write_lines(session, conversation, [line], key=f"test:{secrets.token_hex(8)}", now=self.time())[0].id

    def wait_end(self, outbound_id: int) -> tuple[str, str | None]:
        """State and detail of a message, once it is no longer pending."""

        def ended() -> tuple[str, str | None] | None:
            with self.database.sessions() as session:
                row = session.get_one(Outbound, outbound_id)
                return (row.state, row.detail) if row.state != "pending" else None

        return soon(ended, what="the end of a message")

    def wait_outcomes(self, citizen: Citizen, count: int) -> list[tuple[str | None, str | None]]:
        """Outcome and detail of the citizen's messages, once so many have one."""

        def ended() -> list[tuple[str | None, str | None]] | None:
            found = [(row.outcome, row.outcome_detail) for row in self.inbound(citizen)]
            return found if sum(outcome is not None for outcome, _ in found) >= count else None

        return soon(ended, what=f"{count} outcomes")

    def settle(self) -> None:
        """Back to how a test begins: all runs, the engine echoes, the platforms behave."""
        self.engine.script = echo
        for stand in self.stands.values():
            stand.order("/faults", method="DELETE")
            stand.order("/release")


@contextmanager
def running_assistant(url: str, stands: dict[str, Stand], *, started: bool = True, **settings: Any) -> Iterator[Assistant]:
    """An assistant with a new ledger at this address and all platforms on."""
    for stand in stands.values():
        stand.order("/reset")
    upgrade(url)
    database = open_database(url, pool_size=10)
    known = {name: value for stand in stands.values() for name, value in stand.settings().items()}
    with running_engine() as engine:
        chosen = {"channels": ",".join(stands), "inbound_hold_back_seconds": 0.02} | known | settings
        assistant = Assistant(database, settings_for(url, engine.port, **chosen), engine, stands)
        if isinstance(zalo := stands.get("zalo"), ZaloStand):
            consent(assistant, zalo)
        try:
            if started:
                assistant.start()
            yield assistant
        finally:
            assistant.stop()
            database.engine.dispose()


def consent(assistant: Assistant, zalo: ZaloStand) -> None:
    """An administrator of the Official Account consents: a new pair of tokens is in the ledger."""
    told = zalo.new_tokens()
    pair = TokenPair(told["access_token"], told["refresh_token"], timedelta(seconds=int(told["expires_in"])))
    settings = assistant.settings
    store = TokenStore(assistant.database.sessions, settings.ledger_key.get_secret_value(), str(settings.zalo_oa_id))
    store.put_first(pair, assistant.time())
