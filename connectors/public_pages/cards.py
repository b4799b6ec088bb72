"""``/thu-tuc``: the list of procedures, each service card, its print and its code. Read from the ledger, a card at a time."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from fastapi.responses import RedirectResponse, Response

from bot.cards.card import ServiceCard, UnreadableCardError
from bot.cards.differences import changes_between
from bot.cards.pdf import PrintedCard, card_pdf
from bot.cards.qr import qr_svg
from bot.cards.reading import (
    KeptCard,
    card_version,
    cards_state,
    code_now,
    fields_of,
    find_cards,
    standing_card,
    versions_of,
)
from bot.cards.switched import shown_now
from bot.cards.telling import cases_of, parts_of, spoken_as_of, spoken_source
from bot.catalogue.schema import CODE_PATTERN
from bot.clock import VIETNAM_TIME
from bot.language.formats import spoken_date
from bot.storage.database import SessionFactory
from bot.switches.board import Active
from bot.switches.words import outage_text
from bot.texts import say
from connectors.gateway.problems import Problem
from connectors.gateway.rate_limit import Rate, RateLimiter
from connectors.gateway.sources import slow_down as slow_down_source
from connectors.public_pages.pages import PublicPages, language_of

PATH = "/thu-tuc"
PRINTS = Rate(burst=60, per_second=2)
"""PDFs per address: each takes some hundredths of a second of this machine."""

_CODE = re.compile(CODE_PATTERN)
_LONGEST = 300
_SHOWN_VERSIONS = 20

Short = Annotated[str, Query(max_length=_LONGEST)]
Lang = Annotated[str, Query(alias="lang", max_length=2)]


@dataclass(frozen=True)
class _Asked:
    """Which state of a card, and how it is to be shown. ``version`` None: the one that stands."""

    code: str
    version: int | None
    case: str
    language: str


@dataclass(frozen=True)
class CardDoor:
    """What the pages need. ``base``: our address as people reach it, without a path or a slash at its end."""

    sessions: SessionFactory
    switches: Callable[[], Active]
    pages: PublicPages
    base: str
    prints: RateLimiter

    def address(self, code: str) -> str:
        """The card's own address."""
        return f"{self.base}{PATH}/{code}"


def card_routes(door: CardDoor) -> APIRouter:
    """The routes."""
    router = APIRouter(include_in_schema=False)
    numbered = Annotated[int | None, Query(alias="phien-ban", ge=1, le=1_000_000)]
    case_named = Annotated[str, Query(alias="truong-hop", max_length=_LONGEST)]

    def show_list(
        typed: Annotated[str, Query(alias="tim", max_length=_LONGEST)] = "",
        field: Annotated[str, Query(alias="linh-vuc", max_length=_LONGEST)] = "",
        page: Annotated[int, Query(alias="trang", ge=1, le=100_000)] = 1,
        lang: Lang = "vi",
    ) -> Response:
        return _list(door, typed.strip(), field, page, language_of(lang))

    def show_print(request: Request, code: str, version: numbered = None, case: case_named = "", lang: Lang = "vi") -> Response:
        slow_down(door.prints, request)
        return _print(door, _Asked(code, version, case, language_of(lang)))

    def show_code(code: str, lang: Lang = "vi") -> Response:
        return _code(door, code, language_of(lang))

    def show_card(code: str, version: numbered = None, case: case_named = "", lang: Lang = "vi") -> Response:
        return _page(door, _Asked(code, version, case, language_of(lang)))

    for path, endpoint in (
        (PATH, show_list),
        (PATH + "/{code}.pdf", show_print),
        (PATH + "/{code}/qr.svg", show_code),
        (PATH + "/{code}", show_card),
    ):
        router.add_api_route(path, endpoint, methods=["GET", "HEAD"], response_model=None)
    return router


def slow_down(limiter: RateLimiter, request: Request) -> None:
    """Raises the problem 429 where an address asks too often."""
    slow_down_source(limiter, request, "card_slow_down")


def _list(door: CardDoor, typed: str, field: str, page: int, language: str) -> Response:
    with door.sessions() as session:
        state = cards_state(session)
        found = find_cards(session, typed, field, page) if typed or field else None
        fields = [] if found else fields_of(session)

    def link(number: int) -> str:
        return PATH + "?" + urlencode({"tim": typed, "linh-vuc": field, "trang": number, "lang": language})

    return door.pages.show(
        "cards.html",
        language=language,
        typed=typed,
        field=field,
        found=found,
        fields=fields,
        count=state.live if state else 0,
        link=link,
        list_path=PATH,
        query=urlencode,
    )


def _kept(door: CardDoor, asked: _Asked) -> KeptCard | Response:
    """The card that is asked for, or the answer that leads on from where there is none."""
    code, language = asked.code, asked.language
    if not _CODE.fullmatch(code):
        return _unknown(door, language)
    try:
        with door.sessions() as session:
            kept = standing_card(session, code) if asked.version is None else card_version(session, code, asked.version)
            if kept is not None:
                return kept
            now = code_now(session, code)
            lines = versions_of(session, code)
    except UnreadableCardError as error:
        raise Problem(503, "card_none_yet", headers={"Retry-After": "60"}) from error
    if now is not None and asked.version is None:
        return RedirectResponse(f"{PATH}/{now}" + ("?lang=en" if language == "en" else ""), 302)
    return _unknown(door, language, code=code, last=lines[0] if lines else None, version=asked.version)


def _unknown(door: CardDoor, language: str, **told: Any) -> Response:
    values = {"code": None, "last": None, "version": None} | told
    return door.pages.show("card_unknown.html", status=404, language=language, list_path=PATH, **values)


def _page(door: CardDoor, asked: _Asked) -> Response:
    kept = _kept(door, asked)
    if isinstance(kept, Response):
        return kept
    active, language = door.switches(), asked.language
    off = active.off("procedure", kept.card.code)
    if off is not None:
        why = off.text_en if language == "en" else off.text_vi
        return door.pages.show("card_off.html", language=language, card=kept.card, why=why, list_path=PATH)
    card = shown_now(kept.card, active)
    case = asked.case if asked.case in cases_of(card) else None
    return door.pages.show(
        "card.html",
        language=language,
        card=card,
        kept=kept,
        case=case,
        cases=cases_of(card),
        parts=parts_of(card, case, language),
        source=spoken_source(card.source),
        as_of=spoken_as_of(card.source.as_of),
        expired=date.fromisoformat(card.expired_on) if card.expired_on else None,
        ask_link="/?" + urlencode({"hoi": say("card_ask_words", language, name=card.name, code=card.code)}),
        address=door.address(card.code),
        list_path=PATH,
        link=_linker(card, language),
        **_filing(card, kept, active, language),
        **_history(door, card, kept, active, language),
    )


def _filing(card: ServiceCard, kept: KeptCard, active: Active, language: str) -> dict[str, Any]:
    """Whether the card offers the official page, and what is said where filing is stopped or the portal is away."""
    off, words = active.filing_off(card.code), None
    if off is not None:
        words = (off.text_en if language == "en" else off.text_vi) or say("card_filing_off", language)
    return {
        "outages": [outage_text(one, language) for one in active.outages_of(portal=True)],
        "filing_off": words,
        "may_file": bool(card.online.available and card.online.link) and off is None and kept.live_until is None,
    }


def _history(door: CardDoor, card: ServiceCard, kept: KeptCard, active: Active, language: str) -> dict[str, Any]:
    """The versions, whether the code that took its place has a card, and for an old card what differs from the standing one."""
    with door.sessions() as session:
        versions = versions_of(session, card.code)
        newer = standing_card(session, card.newer_code) is not None if card.newer_code else False
        standing = standing_card(session, card.code) if kept.live_until is not None else None
    changes = changes_between(card, shown_now(standing.card, active), language) if standing else ()
    return {"versions": versions[:_SHOWN_VERSIONS], "newer_known": newer, "standing": standing, "changes": changes}


def _linker(card: ServiceCard, language: str) -> Callable[..., str]:
    def link(suffix: str = "", **query: Any) -> str:
        named = {name.replace("_", "-"): value for name, value in query.items() if value}
        if language == "en" and "lang" not in named:
            named["lang"] = "en"
        return f"{PATH}/{card.code}{suffix}" + (f"?{urlencode(named)}" if named else "")

    return link


def _print(door: CardDoor, asked: _Asked) -> Response:
    kept = _kept(door, asked)
    if isinstance(kept, Response):
        return kept
    active = door.switches()
    if active.off("procedure", kept.card.code) is not None:
        return RedirectResponse(f"{PATH}/{kept.card.code}", 302)
    card = shown_now(kept.card, active)
    case = asked.case if asked.case in cases_of(card) else None
    notice = None
    if kept.live_until is not None:
        notice = _old_notice(kept, asked.language)
    printed = PrintedCard(card, kept.version, kept.live_from, door.address(card.code), case, notice)
    headers = {"Content-Disposition": f'inline; filename="thu-tuc-{card.code}-v{kept.version}.pdf"'}
    return Response(card_pdf(printed, asked.language), 200, headers, "application/pdf")


def _spoken_day(moment: datetime) -> str:
    return spoken_date(moment.astimezone(VIETNAM_TIME).date())


def _old_notice(kept: KeptCard, language: str) -> str:
    until = kept.live_until or kept.live_from
    since = _spoken_day(kept.live_from)
    return say("card_old_notice", language, version=kept.version, since=since, until=_spoken_day(until))


def _code(door: CardDoor, code: str, language: str) -> Response:
    kept = _kept(door, _Asked(code, None, "", language))
    if isinstance(kept, Response):
        return kept
    picture = qr_svg(door.address(kept.card.code), say("card_qr", language, code=kept.card.code))
    return Response(picture, 200, {"Cache-Control": "public, max-age=3600"}, "image/svg+xml")
