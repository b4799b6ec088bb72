"""Builds the services of the dialogue from the settings: the one place where the action server constructs anything."""

from dataclasses import dataclass
from typing import Any

from actions.dossier_status import DossierStatusAnswers
from bot.catalogue.embedding.encoder import load_encoder
from bot.catalogue.load import load_catalogue
from bot.catalogue.search import ProcedureSearch
from bot.clock import vietnam_today
from bot.dialogue.services import Services
from bot.language.places import PlaceIndex
from bot.settings import Settings


@dataclass(frozen=True)
class House:
    """The services, and how to describe them on the health page."""

    services: Services
    search: ProcedureSearch

    def describe(self) -> dict[str, Any]:
        """For people who look after the system."""
        return {"status": "ok", "procedures": len(self.services.catalogue.procedures), "search": self.search.describe()}


def build_services(settings: Settings) -> House:
    """Loads the catalogue, the encoder (or goes on without it) and the portal client. Raises ``CatalogueError``."""
    catalogue = load_catalogue(settings.data_dir / "catalogue")
    search = ProcedureSearch(catalogue, load_encoder(settings))
    services = Services(
        catalogue=catalogue,
        search=search,
        places=PlaceIndex(catalogue.places),
        dossiers=DossierStatusAnswers.from_settings(settings, catalogue.calendar),
        today=vietnam_today,
        hotline=settings.hotline,
    )
    return House(services, search)
