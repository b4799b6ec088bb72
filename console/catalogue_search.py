"""Finding a procedure by the words that people use, among reviewed and imported ones, over names and wordings alone."""

from collections.abc import Iterable
from dataclasses import dataclass

from bot.catalogue.listing import ProcedureListing
from bot.language.normalise import fold

MOST_FOUND = 30
_ENOUGH = 0.6


@dataclass(frozen=True)
class FoundListing:
    """A procedure, and the wording by which it was found."""

    listing: ProcedureListing
    wording: str


def find_listings(listings: Iterable[ProcedureListing], typed: str) -> list[FoundListing]:
    """The procedures whose code, name, alias or question holds most words typed, best first; at most 30."""
    wanted = fold(typed).split()
    if not wanted:
        return []
    found = []
    for listing in listings:
        best, wording = _best(listing, wanted)
        if best >= _ENOUGH:
            found.append((-best, listing.origin == "imported", len(wording), listing.code, FoundListing(listing, wording)))
    return [one for *_, one in sorted(found, key=lambda item: item[:4])[:MOST_FOUND]]


def _best(listing: ProcedureListing, wanted: list[str]) -> tuple[float, str]:
    if wanted == [listing.code]:
        return 2.0, listing.code
    phrase = " ".join(wanted)
    best, wording = 0.0, listing.name
    for text in (listing.name, *listing.aliases, *listing.questions, listing.official_name):
        folded = fold(text)
        words = set(folded.split())
        share = sum(word in words for word in wanted) / len(wanted)
        share += 0.5 if folded == phrase else 0.2 if f" {phrase} " in f" {folded} " else 0.0
        if share > best:
            best, wording = share, text
    return best, wording
