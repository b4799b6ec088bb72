"""The catalogue that the product speaks from, for the command line: one place that knows where it comes from."""

from bot.catalogue import live
from bot.catalogue.load import Catalogue
from bot.settings import Settings


def live_catalogue(settings: Settings) -> Catalogue:
    """The catalogue in force under these settings: reviewed files and the imported version. Raises ``CatalogueError``."""
    return live.live_catalogue(settings.data_dir / "catalogue", settings.database_url).catalogue
