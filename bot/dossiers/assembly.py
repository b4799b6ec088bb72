"""Puts the look-up together from the settings: HTTP client, breaker, cache, lock-out."""

from dataclasses import dataclass

from bot.dossiers.attempts import AttemptsInMemory, LookupAttempts
from bot.dossiers.lookup import DossierStatusService
from bot.portal.assembly import AssembledPortal, assemble_portal
from bot.portal.breaker import CircuitBreaker
from bot.settings import Settings


@dataclass(frozen=True)
class DossierLookup:
    """The assembled look-up. ``breaker.state`` is for the health page; ``close`` at the end of the process."""

    service: DossierStatusService
    breaker: CircuitBreaker
    portal: AssembledPortal

    def close(self) -> None:
        """Closes the connections to the portal."""
        self.portal.close()


def assemble_dossier_lookup(settings: Settings, attempts: LookupAttempts | None = None) -> DossierLookup:
    """One per process. ``attempts`` is the shared count of wrong pairs; in memory where absent. Raises ``ValueError`` for a
    portal address or secret that cannot be used or is missing."""
    portal = assemble_portal(settings)
    service = DossierStatusService(portal.gateway, attempts or AttemptsInMemory())
    return DossierLookup(service, portal.breaker, portal)
