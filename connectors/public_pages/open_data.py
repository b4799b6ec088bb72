"""``/du-lieu-mo``: the whole catalogue to download, streamed, with tags that spare who has it already."""

import hashlib
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from email.utils import format_datetime

from fastapi import APIRouter, Request
from fastapi.responses import Response, StreamingResponse

from bot.cards.card import CardOnline, ServiceCard
from bot.cards.open_data import (
    FEE_COLUMNS,
    PAPER_COLUMNS,
    PROCEDURE_COLUMNS,
    SCHEMA_FILE,
    TIME_COLUMNS,
    DataHead,
    GivenCard,
    csv_chunks,
    fee_rows,
    json_chunks,
    paper_rows,
    procedure_rows,
    time_rows,
)
from bot.cards.reading import CardsState, KeptCard, cards_state, standing_cards
from bot.cards.switched import shown_now
from bot.switches.board import Active
from bot.texts import say
from connectors.gateway.problems import Problem
from connectors.gateway.rate_limit import Rate, RateLimiter
from connectors.public_pages.cards import CardDoor, Lang, slow_down
from connectors.public_pages.pages import language_of

PATH = "/du-lieu-mo"
DOWNLOADS = Rate(burst=12, per_second=0.05)
"""Files per address: each takes a second of this machine."""

_SCHEMA = "thu-tuc.schema.json"
Write = Callable[[Iterator[GivenCard], DataHead], Iterator[bytes]]


@dataclass(frozen=True)
class DataFile:
    """A file to download. ``text``: the key of what it holds."""

    name: str
    text: str
    media_type: str
    write: Write
    columns: tuple[str, ...] = ()


FILES = (
    DataFile("thu-tuc.json", "open_data_json", "application/json", json_chunks),
    DataFile(
        "thu-tuc.csv",
        "open_data_csv",
        "text/csv; charset=utf-8",
        lambda cards, _head: csv_chunks(cards, PROCEDURE_COLUMNS, procedure_rows),
        PROCEDURE_COLUMNS,
    ),
    DataFile(
        "phi-le-phi.csv",
        "open_data_fees",
        "text/csv; charset=utf-8",
        lambda cards, _head: csv_chunks(cards, FEE_COLUMNS, fee_rows),
        FEE_COLUMNS,
    ),
    DataFile(
        "giay-to.csv",
        "open_data_papers",
        "text/csv; charset=utf-8",
        lambda cards, _head: csv_chunks(cards, PAPER_COLUMNS, paper_rows),
        PAPER_COLUMNS,
    ),
    DataFile(
        "thoi-han.csv",
        "open_data_times",
        "text/csv; charset=utf-8",
        lambda cards, _head: csv_chunks(cards, TIME_COLUMNS, time_rows),
        TIME_COLUMNS,
    ),
)


def open_data_routes(door: CardDoor, licence: str | None, downloads: RateLimiter) -> APIRouter:
    """The routes. ``licence``: the terms of reuse, in the words of the body in charge."""
    router = APIRouter(include_in_schema=False)

    def show_page(lang: Lang = "vi") -> Response:
        with door.sessions() as session:
            state = cards_state(session)
        return door.pages.show(
            "open_data.html", language=language_of(lang), state=state, licence=licence, files=FILES, path=PATH, schema=_SCHEMA
        )

    def give_schema() -> Response:
        return Response(SCHEMA_FILE.read_bytes(), 200, {"Cache-Control": "public, max-age=3600"}, "application/schema+json")

    def giver(file: DataFile) -> Callable[[Request], Response]:
        def give(request: Request) -> Response:
            return _give(door, file, licence, downloads, request)

        return give

    endpoints: dict[str, Callable[..., Response]] = {PATH: show_page, f"{PATH}/{_SCHEMA}": give_schema}
    endpoints |= {f"{PATH}/{file.name}": giver(file) for file in FILES}
    for path, endpoint in endpoints.items():
        router.add_api_route(path, endpoint, methods=["GET", "HEAD"], response_model=None)
    return router


def _give(door: CardDoor, file: DataFile, licence: str | None, downloads: RateLimiter, request: Request) -> Response:
    with door.sessions() as session:
        state = cards_state(session)
    if state is None:
        raise Problem(503, "card_none_yet", headers={"Retry-After": "60"})
    active = door.switches()
    headers = {
        "ETag": _tag(state, active, door.base, licence),
        "Last-Modified": format_datetime(state.changed_at.replace(microsecond=0), usegmt=True),
        "Vary": "Accept-Encoding",
        "Access-Control-Allow-Origin": "*",
        "Content-Disposition": f'attachment; filename="{file.name}"',
    }
    if headers["ETag"] in (tag.strip() for tag in request.headers.get("If-None-Match", "").split(",")):
        return Response(None, 304, headers)
    if request.method == "HEAD":
        return Response(None, 200, headers, file.media_type)
    slow_down(downloads, request)
    head = DataHead(say("public_site_name"), licence, state.changed_at, f"{door.base}{PATH}/{_SCHEMA}")
    cards = (_given(kept, active, door) for kept in standing_cards(door.sessions))
    body = file.write(cards, head)
    if _takes_gzip(request.headers.get("Accept-Encoding", "")):
        headers["Content-Encoding"] = "gzip"
        body = _packed(body)
    return StreamingResponse(body, 200, headers, file.media_type)


def _given(kept: KeptCard, active: Active, door: CardDoor) -> GivenCard:
    """The card without what people switched off."""
    code, card = kept.card.code, kept.card
    if active.off("procedure", code) is not None:
        bare = ServiceCard(code, card.name, card.official_name, card.field, card.origin, card.source)
        return GivenCard(kept, bare, ("procedure",), door.address(code))
    withheld = tuple(sorted(active.facets_off(code)))
    shown = shown_now(card, active)
    if active.filing_off(code) is not None:
        withheld = (*withheld, "online_filing")
        shown = replace(shown, online=CardOnline(), savings=())
    return GivenCard(kept, shown, withheld, door.address(code))


def _tag(state: CardsState, active: Active, base: str, licence: str | None) -> str:
    """Another one whenever any byte of the files may differ. Weak: the packed and the plain file share it."""
    offs = sorted((one.target.scope, one.target.subject, one.target.facet) for one in active.offs)
    told = repr((state.newest_id, state.live, state.changed_at.isoformat(), offs, base, licence, _format()))
    return f'W/"{hashlib.sha256(told.encode()).hexdigest()[:24]}"'


def _format() -> str:
    return hashlib.sha256(SCHEMA_FILE.read_bytes()).hexdigest()


def _takes_gzip(accepted: str) -> bool:
    """Whether the packed form is wanted: named, and not with the weight 0."""
    offers = (offer.replace(" ", "").lower().partition(";q=") for offer in accepted.split(","))
    return any(name in ("gzip", "x-gzip") and not (weight and not weight.strip("0.")) for name, _, weight in offers)


def _packed(body: Iterator[bytes]) -> Iterator[bytes]:
    packer = zlib.compressobj(6, zlib.DEFLATED, 31)
    for piece in body:
        if packed := packer.compress(piece):
            yield packed
    yield packer.flush()
