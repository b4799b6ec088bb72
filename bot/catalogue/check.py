"""What is wrong or worth a look in the catalogue, for people who edit it: all errors of loading, and warnings beside them."""

import tempfile
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path

from bot.catalogue.load import CatalogueEntries, read_entries
from bot.catalogue.schema import Procedure, WorkingCalendar
from bot.catalogue.yaml_files import Entry, Problem
from bot.clock import vietnam_today
from bot.eforms.check import check_eforms

LINK_MAX_AGE_DAYS = 90
"""A link that nobody has looked at for this long is told (pages move without notice)."""

DATA_MAX_AGE_MONTHS = 12
"""A record older than this is told."""


def check_catalogue(folder: Path, today: date | None = None) -> list[Problem]:
    """All errors, then all warnings, in the order of the files. ``today`` is Vietnam's date where it is not given."""
    day = today or vietnam_today()
    entries, errors = read_entries(folder)
    return [*errors, *check_eforms(folder, [entry.record for entry in entries.procedures]), *_warnings(entries, day)]


def check_catalogue_texts(texts: Mapping[str, str], today: date | None = None) -> list[Problem]:
    """The same of a catalogue that stands in no folder yet. ``texts``: its files by their path below the catalogue's folder."""
    with tempfile.TemporaryDirectory(prefix="catalogue-") as name:
        for path, text in texts.items():
            target = Path(name, path)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(text.encode())
        return check_catalogue(Path(name), today)


def _warnings(entries: CatalogueEntries, today: date) -> Iterator[Problem]:
    for procedure in entries.procedures:
        yield from _validity(procedure, today)
        yield from _unexplained(procedure)
        yield from _thin(procedure)
        yield from _age(procedure, today)
    if entries.calendar is not None:
        yield from _calendar(entries.calendar, today)


def _warn(entry: Entry[Procedure], message: str, *location: str | int) -> Problem:
    return entry.problem(message, *location, severity="warning")


def _validity(entry: Entry[Procedure], today: date) -> Iterator[Problem]:
    """What may no longer be spoken as a fact today."""
    record = entry.record
    if record.valid_to and record.valid_to < today:
        yield _warn(entry, f"the procedure's validity ended on {record.valid_to}: it is no longer spoken", "valid_to")
    if record.newer_code:
        yield _warn(entry, f"a newer publication exists: {record.newer_code}", "newer_code")
    for index, fee in enumerate(record.fees):
        if fee.valid_to and fee.valid_to < today:
            yield _warn(entry, f"the fee's validity ended on {fee.valid_to}: it is no longer spoken", "fees", index, "valid_to")
    for index, time in enumerate(record.times):
        if time.valid_to and time.valid_to < today:
            yield _warn(entry, f"its validity ended on {time.valid_to}: it is no longer spoken", "times", index, "valid_to")
    for key in ("documents", "handled_by", "online", "conditions", "result"):
        end = getattr(record, key).valid_to
        if end and end < today:
            yield _warn(entry, f"its validity ended on {end}: it is no longer spoken", key, "valid_to")


def _unexplained(entry: Entry[Procedure]) -> Iterator[Problem]:
    """Cautions without a reason: a citizen would be told to check, not what."""
    for key in ("documents", "online"):
        part = getattr(entry.record, key)
        if part.certainty == "check" and not part.note:
            yield _warn(entry, "is to be checked, but no note says what is uncertain", key)
    if entry.record.documents.certainty != "unknown" and not entry.record.documents.groups:
        yield _warn(entry, "has a certainty but lists no paper", "documents")


def _thin(entry: Entry[Procedure]) -> Iterator[Problem]:
    """What makes a procedure hard to find."""
    if not entry.record.questions:
        yield _warn(entry, "has no typical question")
    for index, case in enumerate(entry.record.cases):
        if not case.cues:
            yield _warn(entry, f"case {case.id} has no cue, so no citizen's words lead to it", "cases", index)


def _age(entry: Entry[Procedure], today: date) -> Iterator[Problem]:
    link, as_of = entry.record.official_link, entry.record.source.as_of
    if link.verified_on is None:
        yield _warn(entry, f"nobody has looked at {link.url} yet", "official_link")
    elif (today - link.verified_on).days > LINK_MAX_AGE_DAYS:
        yield _warn(entry, f"{link.url} was last looked at on {link.verified_on}", "official_link", "verified_on")
    year, month = int(as_of[:4]), int(as_of[5:7])
    if (today.year - year) * 12 + today.month - month > DATA_MAX_AGE_MONTHS:
        yield _warn(entry, f"the data are of {as_of}, more than {DATA_MAX_AGE_MONTHS} months old", "source", "as_of")


def _calendar(entry: Entry[WorkingCalendar], today: date) -> Iterator[Problem]:
    """The next year's days off must be in before it begins: time limits cross the turn of the year."""
    wanted = {today.year, today.year + 1} if today.month >= 11 else {today.year}
    for year in sorted(wanted - set(entry.record.covers_years)):
        yield entry.problem(f"the days off of {year} are missing", "covers_years", severity="warning")
