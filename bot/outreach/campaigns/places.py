"""Wards and communes as campaigns call them."""

from typing import Protocol

_KINDS = {"phuong": "phường", "xa": "xã"}


class Named(Protocol):
    """What is needed of a place; ``bot.catalogue.schema.Place`` fits."""

    @property
    def name(self) -> str: ...
    @property
    def kind(self) -> str: ...


def place_title(place: Named) -> str:
    """``phường Từ Sơn``."""
    return f"{_KINDS[place.kind]} {place.name}"
