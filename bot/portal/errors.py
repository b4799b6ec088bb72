"""What can go wrong when the portal is asked.

    PortalError
    ├── NotFound               no dossier fits this pair: unknown code or wrong factor, the portal never says which
    ├── CodeRefused            the one-time code does not fit its challenge, or is used up or too old; never which
    ├── ProofTooWeak           this act needs another kind of proof: ``accepted``
    ├── DraftNotFound          no such draft, or it has expired
    ├── Declined               understood and not done: ``reason`` (a word of the contract), ``faults`` of single fields
    ├── CursorExpired          the portal no longer keeps changes that far back: begin again with None
    ├── TooManyAttempts        the portal's own limit; ``retry_after`` seconds
    ├── NotOffered             this adapter's portal has no such service: ``operation``
    ├── Unavailable            no usable answer in time: connection, time-out, 5xx
    │   ├── CircuitOpen        not even asked: it failed several times in a row; ``retry_after`` seconds
    │   └── OutcomeUnknown     a write that may or may not have been done: repeat it with the same idempotency key
    ├── CredentialsRefused     our credentials are missing, wrong or lack a right: for an operator, not for the citizen
    ├── ContractChanged        an answer that the contract does not describe
    └── WebhookRefused         an event that is not provably the portal's, or too old: ``reason``

No message of these errors holds a dossier code, a lookup code, a citizen's value or the portal's own words.
"""

from dataclasses import dataclass
from typing import Literal

WebhookFault = Literal["signature", "window", "malformed"]


class PortalError(Exception):
    """Base of all errors of the portal."""


class NotFound(PortalError):
    """No dossier fits this code and this factor."""


class CodeRefused(PortalError):
    """The one-time code does not open this challenge."""


class ProofTooWeak(PortalError):
    """The act needs a stronger proof; ``accepted`` names the kinds of factor that the portal takes."""

    def __init__(self, accepted: tuple[str, ...]) -> None:
        super().__init__(f"the portal asks for one of: {', '.join(accepted)}")
        self.accepted = accepted


class DraftNotFound(PortalError):
    """No draft with this id is kept."""


@dataclass(frozen=True)
class FieldFault:
    """A value that the portal does not take. ``field`` is its place in what was sent (``chu_ho_so/so_dien_thoai``);
    ``reason`` a word such as ``required``, ``format``, ``unknown``."""

    field: str
    reason: str


class Declined(PortalError):
    """The portal understood and does not do it. ``reason`` is the last part of the contract's problem type."""

    def __init__(self, reason: str, faults: tuple[FieldFault, ...] = ()) -> None:
        super().__init__(f"the portal declined: {reason}")
        self.reason, self.faults = reason, faults


class CursorExpired(PortalError):
    """The cursor points further back than the portal keeps changes."""


class TooManyAttempts(PortalError):
    """The portal asks to wait ``retry_after`` seconds."""

    def __init__(self, retry_after: float) -> None:
        super().__init__(f"the portal asks to wait {retry_after:.0f} s")
        self.retry_after = retry_after


class NotOffered(PortalError):
    """The portal behind this adapter has no such service; ``operation`` is the gateway's method."""

    def __init__(self, operation: str) -> None:
        super().__init__(f"this portal does not offer {operation}")
        self.operation = operation


class Unavailable(PortalError):
    """The portal gave no usable answer in time."""


class CircuitOpen(Unavailable):
    """The portal was not asked, because it failed several times in a row; the next try is in ``retry_after`` seconds."""

    def __init__(self, retry_after: float) -> None:
        super().__init__(f"the portal failed repeatedly; next try in {retry_after:.0f} s")
        self.retry_after = retry_after


class OutcomeUnknown(Unavailable):
    """Nobody knows whether the write was done. Only the same call with the same idempotency key is right to repeat."""


class CredentialsRefused(PortalError):
    """The portal refuses our credentials."""


class ContractChanged(PortalError):
    """The portal's answer is not what the contract describes."""


class WebhookRefused(PortalError):
    """What came to the webhook is not provably a fresh event of the portal."""

    def __init__(self, reason: WebhookFault) -> None:
        super().__init__(f"portal webhook refused: {reason}")
        self.reason = reason
