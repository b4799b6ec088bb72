"""The whole catalogue in force for processes that run: read again after each switch of version or release."""

from bot.catalogue.importing.store import Pointer, live_pointer
from bot.catalogue.listing import ProcedureListing
from bot.catalogue.live import UNREADABLE, LiveCatalogue, read_combined
from bot.catalogue.publishing.content import ReviewedNow
from bot.catalogue.publishing.releases import ContentState
from bot.storage.database import SessionFactory


class CatalogueInForce:
    """Where an imported version cannot be read, the reviewed part stands alone."""

    def __init__(self, reviewed: ReviewedNow, sessions: SessionFactory) -> None:
        self._reviewed, self._sessions = reviewed, sessions
        self._live: tuple[tuple[Pointer, ContentState], LiveCatalogue] | None = None

    def catalogue(self) -> LiveCatalogue:
        """The catalogue."""
        with self._sessions() as session:
            pointer = live_pointer(session)
        content = self._reviewed.content()
        live = self._live
        if live is None or live[0] != (pointer, content.state):
            try:
                read = read_combined(content.catalogue, self._sessions)
            except UNREADABLE:
                read = LiveCatalogue(content.catalogue, pointer)
            live = self._live = ((pointer, content.state), read)
        return live[1]

    def listings(self) -> tuple[ProcedureListing, ...]:
        """The list of all procedures, reviewed ones first."""
        return self.catalogue().catalogue.listings
