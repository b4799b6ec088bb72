"""Puts the look-up together from the settings: portal, lock-out, last known states, second factors."""

import hashlib
import hmac
from dataclasses import dataclass

from bot.conversations.private_values import PrivateValues
from bot.dossiers.attempts import AttemptsInMemory, LookupAttempts
from bot.dossiers.known import KnownInLedger
from bot.dossiers.lookup import REFUSAL_SECONDS, DossierStatusService
from bot.dossiers.proofs import KeptProofs
from bot.dossiers.second_factors import SecondFactorDesk
from bot.dossiers.shared_attempts import SharedAttempts
from bot.portal.assembly import AssembledPortal, assemble_portal
from bot.portal.breaker import CircuitBreaker
from bot.settings import Settings
from bot.storage.database import SessionFactory


@dataclass(frozen=True)
class DossierLookup:
    """The assembled look-up. ``breaker.state`` is for the health page; ``close`` at the end of the process."""

    service: DossierStatusService
    breaker: CircuitBreaker
    portal: AssembledPortal
    factors: SecondFactorDesk | None = None

    def close(self) -> None:
        """Closes the connections to the portal."""
        self.portal.close()


def assemble_dossier_lookup(settings: Settings, attempts: LookupAttempts | None = None) -> DossierLookup:
    """Without a ledger, for one process. ``attempts`` counts wrong pairs; in memory where absent. Raises ``ValueError`` for a
    portal address or secret that cannot be used or is missing."""
    portal = assemble_portal(settings)
    service = DossierStatusService(portal.gateway, attempts or AttemptsInMemory())
    return DossierLookup(service, portal.breaker, portal)


def assemble_shared_lookup(settings: Settings, sessions: SessionFactory) -> DossierLookup:
    """Over the ledger, for any number of processes: one lock-out, one memory of last known states. Raises as above, and
    ``LedgerKeyError``."""
    portal, keys, attempts = assemble_portal(settings), settings.ledger_key.get_secret_value(), SharedAttempts(sessions)
    service = DossierStatusService(
        portal.gateway,
        attempts,
        known=KnownInLedger(sessions, keys),
        reference_key=hmac.new(keys.split(",")[0].strip().encode(), b"motcua portal reference", hashlib.sha256).digest(),
        refusal_seconds=REFUSAL_SECONDS,
    )
    values = PrivateValues(sessions, keys)
    factors = SecondFactorDesk(portal.gateway, attempts, KeptProofs(values), values, sessions, keys, service.reference)
    return DossierLookup(service, portal.breaker, portal, factors)
