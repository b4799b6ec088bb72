"""The one interface to the portal."""

from typing import Protocol

from bot.portal.records import Dossier, LookupFactor


class PortalGateway(Protocol):
    """What the assistant asks of a portal. Implementations may be called from several threads at once."""

    def lookup_dossier(self, code: str, factor: LookupFactor, *, on_behalf_of: str | None = None) -> Dossier:
        """What the holder of both proofs may see. ``on_behalf_of`` is an opaque reference (≤ 64 ASCII characters) of the person
        asked for, for the portal's own limit. Raises the errors of ``bot.portal.errors`` and no others."""
        ...
