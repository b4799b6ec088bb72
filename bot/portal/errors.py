"""What can go wrong when the portal is asked.

    PortalError
    ├── NotFound               no dossier fits this pair: unknown code or wrong factor, the portal never says which
    ├── TooManyAttempts        the portal's own limit; ``retry_after`` seconds
    ├── Unavailable            no usable answer in time: connection, time-out, 5xx
    │   └── CircuitOpen        not even asked: it failed several times in a row; ``retry_after`` seconds
    ├── CredentialsRefused     our token is missing, wrong or expired: for an operator, not for the citizen
    └── ContractChanged        an answer that docs/portal-api.yaml does not describe

No message of these errors holds a dossier code, a lookup code or the portal's own words.
"""


class PortalError(Exception):
    """Base of all errors of the portal."""


class NotFound(PortalError):
    """No dossier fits this code and this factor."""


class TooManyAttempts(PortalError):
    """The portal asks to wait ``retry_after`` seconds."""

    def __init__(self, retry_after: float) -> None:
        super().__init__(f"the portal asks to wait {retry_after:.0f} s")
        self.retry_after = retry_after


class Unavailable(PortalError):
    """The portal gave no usable answer in time."""


class CircuitOpen(Unavailable):
    """The portal was not asked, because it failed several times in a row; the next try is in ``retry_after`` seconds."""

    def __init__(self, retry_after: float) -> None:
        super().__init__(f"the portal failed repeatedly; next try in {retry_after:.0f} s")
        self.retry_after = retry_after


class CredentialsRefused(PortalError):
    """The portal refuses our token."""


class ContractChanged(PortalError):
    """The portal's answer is not what the contract describes."""
