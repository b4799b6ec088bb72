"""What the dialogue needs from the rest of the house, as interfaces: the dialogue itself does no I/O."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Protocol

from bot.catalogue.load import Catalogue
from bot.catalogue.search import SearchResult
from bot.language.agencies import AgencyIndex
from bot.language.places import PlaceIndex
from bot.messages import BotMessage


class Search(Protocol):
    """Finds the procedure that a text speaks of."""

    def search(self, text: str, *, limit: int = 4) -> SearchResult:
        """See ``bot.catalogue.search.ProcedureSearch.search``."""
        ...


class DossierStatus(Protocol):
    """Looks a dossier up and renders the answer; references are placeholder tokens, never the numbers themselves."""

    def answer(self, dossier_ref: str, lookup_ref: str, conversation_id: str) -> tuple[BotMessage, ...]:
        """The rendered answer, at least one message; the last one's ``expects`` says what may be sent again.
        Never raises for a portal that fails: that is an answer too."""
        ...

    def masked_code(self, dossier_ref: str, conversation_id: str) -> str | None:
        """The dossier code as it may be shown, or None when the reference has expired."""
        ...


@dataclass(frozen=True)
class Services:
    """Everything ``respond`` may use."""

    catalogue: Catalogue
    search: Search
    places: PlaceIndex
    dossiers: DossierStatus
    today: Callable[[], date]
    hotline: str | None = None

    @cached_property
    def agencies(self) -> AgencyIndex:
        """Finds the catalogue's agencies in a text; built when first asked for."""
        return AgencyIndex(self.catalogue.agencies.values())


def place_names(services: Services, place_ids: Sequence[str]) -> list[str]:
    """The names of places as spoken: "phường Kinh Bắc"."""
    kinds = {"phuong": "phường", "xa": "xã"}
    return [f"{kinds[place.kind]} {place.name}" for place in services.catalogue.places if place.id in set(place_ids)]
