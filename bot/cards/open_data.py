"""The whole catalogue to give away: JSON and CSV, written as a stream. Names of columns and keys are stable; new ones come last.

An empty cell (``null`` in JSON) means "not known", never "none" or "free".
"""

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from bot.cards.card import ServiceCard
from bot.cards.reading import KeptCard
from bot.clock import VIETNAM_TIME
from bot.spreadsheets import spreadsheet_cell

SCHEMA_NAME = "motcua.procedures/1"
SCHEMA_FILE = Path(__file__).parent / "open_data.schema.json"
BYTE_ORDER_MARK = "\ufeff"
"""Excel takes a file for UTF-8 only where it begins with this."""

_CHUNK = 64_000
"""A cell that begins so is a formula to a spreadsheet."""

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class GivenCard:
    """A card as it is given away: without what is switched off. ``withheld``: what that is; ``address``: of the card's page."""

    kept: KeptCard
    card: ServiceCard
    withheld: tuple[str, ...]
    address: str


@dataclass(frozen=True)
class DataHead:
    """What the JSON file says of itself."""

    publisher: str
    licence: str | None
    updated_at: datetime
    schema_address: str


PROCEDURE_COLUMNS = (
    *("code", "name", "official_name", "field", "origin", "levels", "targets", "receiving_agency", "deciding_agency"),
    *("online_available", "online_level", "online_reason", "filing_link", "result", "conditions", "legal_basis", "old_codes"),
    *("newer_code", "expired_on", "withheld", "source", "decision", "as_of", "version", "version_date", "card_url"),
)
FEE_COLUMNS = (
    *("code", "name", "origin", "case", "channel", "kind", "amount_vnd", "per", "text", "caution"),
    *("source", "decision", "as_of", "version"),
)
TIME_COLUMNS = (
    *("code", "name", "origin", "case", "channel", "amount", "unit", "text", "clock_start", "caution"),
    *("source", "decision", "as_of", "version"),
)
PAPER_COLUMNS = (
    *("code", "name", "origin", "case", "part", "paper", "how", "originals", "copies", "form", "when", "caution"),
    *("source", "decision", "as_of", "version"),
)


def procedure_rows(given: GivenCard) -> Iterator[Row]:
    """One row."""
    card = given.card
    yield _named(given) | {
        "official_name": card.official_name,
        "field": card.field,
        "levels": "; ".join(card.levels),
        "targets": "; ".join(card.targets),
        "receiving_agency": card.receiving,
        "deciding_agency": card.deciding,
        "online_available": card.online.available,
        "online_level": card.online.level,
        "online_reason": card.online.reason,
        "filing_link": card.online.link if card.online.available else None,
        "result": card.result.text if card.result else None,
        "conditions": card.conditions.text if card.conditions else None,
        "legal_basis": "; ".join(card.legal_basis),
        "old_codes": "; ".join(card.old_codes),
        "newer_code": card.newer_code,
        "expired_on": card.expired_on,
        "withheld": "; ".join(given.withheld),
        "version_date": _day(given.kept.live_from),
        "card_url": given.address,
    }


def fee_rows(given: GivenCard) -> Iterator[Row]:
    """A row per fee."""
    for fee in given.card.fees:
        yield _named(given) | _values(fee) | _source(given, fee.source)


def time_rows(given: GivenCard) -> Iterator[Row]:
    """A row per time limit. ``clock_start``: the receipt of a valid dossier, or as its words say."""
    for time in given.card.times:
        clock = "stated_in_text" if time.clock_stated else "valid_receipt"
        yield _named(given) | _values(time) | {"clock_start": clock} | _source(given, time.source)


def paper_rows(given: GivenCard) -> Iterator[Row]:
    """A row per paper."""
    shared = {"caution": given.card.papers_caution} | _source(given, given.card.papers_source)
    for group in given.card.papers:
        for paper in group.items:
            yield (
                _named(given)
                | _values(paper)
                | {
                    "name": given.card.name,
                    "paper": paper.name,
                    "case": group.case,
                    "part": group.title,
                }
                | shared
            )


def record_of(given: GivenCard) -> dict[str, Any]:
    """The procedure as the JSON file holds it: always the same keys."""
    card, kept = given.card, given.kept
    values = asdict(card)
    for left_out in ("hidden", "receiving", "deciding"):
        values.pop(left_out)
    values["online"].pop("source")
    return values | {
        "receiving_agency": card.receiving or None,
        "deciding_agency": card.deciding or None,
        "withheld": list(given.withheld),
        "version": kept.version,
        "version_date": _day(kept.live_from),
        "card_url": given.address,
    }


def json_chunks(cards: Iterable[GivenCard], head: DataHead) -> Iterator[bytes]:
    """The JSON file, in pieces of some 64 kB."""
    opening = {
        "schema": SCHEMA_NAME,
        "$schema": head.schema_address,
        "publisher": head.publisher,
        "licence": head.licence,
        "updated_at": head.updated_at.astimezone(VIETNAM_TIME).isoformat(timespec="seconds"),
    }
    yield from _gathered(_json_pieces(cards, opening))


def _json_pieces(cards: Iterable[GivenCard], opening: Mapping[str, Any]) -> Iterator[str]:
    yield json.dumps(opening, ensure_ascii=False)[:-1] + ', "procedures": ['
    comma = "\n"
    for given in cards:
        yield comma + json.dumps(record_of(given), ensure_ascii=False, separators=(",", ":"))
        comma = ",\n"
    yield "\n]}\n"


def csv_chunks(
    cards: Iterable[GivenCard], columns: tuple[str, ...], rows: Callable[[GivenCard], Iterator[Row]]
) -> Iterator[bytes]:
    """A CSV file (RFC 4180, UTF-8 with its mark), in pieces of some 64 kB."""
    yield from _gathered(_csv_pieces(cards, columns, rows))


def _csv_pieces(
    cards: Iterable[GivenCard], columns: tuple[str, ...], rows: Callable[[GivenCard], Iterator[Row]]
) -> Iterator[str]:
    written = io.StringIO()
    writer = csv.writer(written)
    writer.writerow(columns)
    yield BYTE_ORDER_MARK + written.getvalue()
    for given in cards:
        written.seek(0)
        written.truncate()
        writer.writerows([harmless(row.get(column)) for column in columns] for row in rows(given))
        yield written.getvalue()


def harmless(value: object) -> str:
    """The value as a cell that no spreadsheet takes for a formula; numbers of ours stay numbers."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return f"{value:g}" if isinstance(value, float) else str(value)
    return spreadsheet_cell(str(value).replace("\x00", ""))


def _gathered(pieces: Iterable[str]) -> Iterator[bytes]:
    held: list[str] = []
    size = 0
    for piece in pieces:
        held.append(piece)
        size += len(piece)
        if size >= _CHUNK:
            yield "".join(held).encode()
            held, size = [], 0
    if held:
        yield "".join(held).encode()


def _named(given: GivenCard) -> dict[str, Any]:
    card = given.card
    own = {"code": card.code, "name": card.name, "origin": card.origin, "version": given.kept.version}
    return own | _source(given, None)


def _source(given: GivenCard, own: Any) -> dict[str, Any]:
    source = own or given.card.source
    return {"source": source.name, "decision": source.decision, "as_of": source.as_of}


def _values(fact: Any) -> dict[str, Any]:
    values = asdict(fact)
    values.pop("source", None)
    return values


def _day(moment: datetime) -> str:
    return moment.astimezone(VIETNAM_TIME).date().isoformat()
