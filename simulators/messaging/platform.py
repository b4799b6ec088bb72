"""What a simulated platform offers to the control plane."""

from collections.abc import Collection, Sequence
from typing import Any, Protocol

from simulators.messaging.clock import SimClock
from simulators.messaging.deliveries import WebhookDeliveries
from simulators.messaging.faults import FaultBoard
from simulators.messaging.orders import ActOrder, NewUser, OfficerOrder, RawPost, SecretOrder, SentFile, SimUser
from simulators.messaging.transcript import Transcripts


class UnknownUser(LookupError):
    """There is no such simulated citizen (404)."""


class UnknownAct(LookupError):
    """This platform has no such act (404)."""


class ActRefused(ValueError):
    """The act exists, but not now or not so: the message says why (409)."""


class SimulatedPlatform(Protocol):
    """A simulated platform. ``acts`` are the acts of citizens that it has (``say``, ``tap``, ``share_contact``,
    ``share_location``, ``send_file``, ``block``, ``unblock``, ``follow``, ``start`` …); ``colour`` is a CSS colour."""

    name: str
    title: str
    colour: str

    @property
    def acts(self) -> Collection[str]:
        """The names of the citizens' acts."""
        ...

    @property
    def clock(self) -> SimClock:
        """The platform's time."""
        ...

    @property
    def faults(self) -> FaultBoard:
        """The armed faults of its API."""
        ...

    @property
    def deliveries(self) -> WebhookDeliveries:
        """Its webhook deliveries."""
        ...

    @property
    def transcripts(self) -> Transcripts:
        """The citizens' screens."""
        ...

    def users(self) -> Sequence[SimUser]:
        """All citizens."""
        ...

    def make_user(self, order: NewUser) -> SimUser:
        """Adds a citizen. Raises ``ActRefused`` where the id is taken or does not fit this platform."""
        ...

    async def act(self, user: str, act: str, order: ActOrder, file: SentFile | None) -> dict[str, Any]:
        """Does what a citizen does. ``act`` is one of ``acts``; ``file`` comes with send_file only.

        Raises ``UnknownUser``, ``ActRefused``. The answer should name the ``deliveries`` (ids) and ``message_id`` it made.
        """
        ...

    async def officer_says(self, order: OfficerOrder) -> dict[str, Any]:
        """An officer answers from the platform's own inbox. Raises ``UnknownUser``, ``UnknownAct`` where there is no inbox."""
        ...

    async def post_raw(self, order: RawPost) -> dict[str, Any]:
        """Posts any bytes to the webhook and tells ``status`` and ``body`` of the answer. ``ActRefused`` without a webhook."""
        ...

    async def rotate_secret(self, order: SecretOrder) -> dict[str, Any]:
        """Changes the secret that the webhook is signed with, and tells it."""
        ...

    async def reset(self) -> None:
        """As just started: no users, transcripts, faults and deliveries; the clock on real time."""
        ...

    def facts(self) -> dict[str, Any]:
        """Whatever else is worth showing about the state (webhook, quotas, knobs); no user's data.

        ``officer_inbox`` False takes the officer's box from the phone page.
        """
        ...
