"""A long wait for vectors is shown, and changes nothing in what is found."""

import io

from rich.console import Console

from bot.catalogue.embedding.encoder import EncoderLoad
from motcua.shown_search import search_with_progress
from tests.bot.catalogue.search.small_catalogue import BIRTH, SMALL, LetterEncoder


def test_the_search_with_a_bar_finds_the_same() -> None:
    console = Console(file=io.StringIO())
    for load in (EncoderLoad(LetterEncoder()), EncoderLoad(None, "switched off")):
        assert search_with_progress(SMALL, load, console).search("đăng ký khai sinh").hits[0].code == BIRTH
