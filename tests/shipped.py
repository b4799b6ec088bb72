"""What ships, read once a run: the catalogue, its e-forms and the search by words take seconds to build and are read-only."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from bot.catalogue.load import Catalogue, load_catalogue
from bot.catalogue.search import ProcedureSearch
from bot.eforms.check import load_forms
from bot.eforms.forms import Form
from bot.settings import PROJECT_ROOT

CATALOGUE_FOLDER = PROJECT_ROOT / "data" / "catalogue"


@cache
def shipped_catalogue() -> Catalogue:
    """The catalogue that ships."""
    return load_catalogue(CATALOGUE_FOLDER)


def read_once(folder: Path) -> Catalogue:
    """In place of ``load_catalogue`` where commands read it again and again: what ships is read once."""
    return shipped_catalogue() if folder == CATALOGUE_FOLDER else load_catalogue(folder)


@cache
def shipped_forms() -> Mapping[str, Form]:
    """The e-forms that ship."""
    return load_forms(CATALOGUE_FOLDER)


@cache
def search_by_words() -> ProcedureSearch:
    """The search in it, without an encoder."""
    return ProcedureSearch(shipped_catalogue())
