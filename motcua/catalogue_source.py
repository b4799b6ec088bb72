"""The catalogue that the product speaks from, for the command line: one place that knows where it comes from."""

from dataclasses import replace

from bot.catalogue import live
from bot.catalogue.load import Catalogue
from bot.catalogue.names_list import read_names, with_names
from bot.settings import Settings

NAMES = "eval/procedure_names.tsv"


def live_catalogue(settings: Settings) -> Catalogue:
    """The catalogue in force under these settings: the published
    release or the shipped files, and the imported version. Raises ``CatalogueError``."""
    return live.live_catalogue(settings).catalogue


def measured_catalogue(settings: Settings) -> Catalogue:
    """The catalogue in force; where nothing is imported, the names of all procedures stand behind the reviewed ones, so that a
    search is always measured among thousands. Raises ``CatalogueError``, ``OSError`` or ``ValueError``."""
    catalogue = live_catalogue(settings)
    names = settings.data_dir / NAMES
    if any(listing.origin == "imported" for listing in catalogue.listings) or not names.is_file():
        return catalogue
    return replace(catalogue, listings=with_names(catalogue.listings, read_names(names)))
