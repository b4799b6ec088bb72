"""Replies kept ready: shipped as data (``data/canned_replies.yml``), and those that teams write themselves. ``{{ten_bien}}`` is
filled in from what is known of the conversation."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from bot.catalogue.load import CatalogueError
from bot.catalogue.schema import Record, Text
from bot.catalogue.yaml_files import Problem, read_record
from bot.officers.notes import without_numbers
from bot.storage.database import SessionFactory, writing
from bot.storage.officer_models import CannedReply
from bot.texts import say

VARIABLES = ("ten_thu_tuc", "ma_thu_tuc", "ten_co_quan", "xa_phuong", "gio_mo_cua", "so_phieu", "ten_can_bo", "hom_nay")
"""Procedure's name and code, the team's name, the citizen's ward, when the team opens (next), the ticket's number, the
officer's name, today's date."""

LONGEST_REPLY = 2000
_FILE = "canned_replies.yml"
_VARIABLE = re.compile(r"\{\{\s*([^{}]*?)\s*\}\}")
_BRACES = re.compile(r"\{\{|\}\}")


class UnknownVariableError(ValueError):
    """A reply names variables that do not exist, or its braces do not close; the text is for the officer."""

    def __init__(self, names: tuple[str, ...]) -> None:
        self.names = names
        super().__init__(say("canned_unknown_variable", names=", ".join(names), known=", ".join(VARIABLES)))


class TitleTakenError(ValueError):
    """The team has another reply of this title."""


class MissingValueError(ValueError):
    """Variables for which this conversation has no value; the text is for the officer."""

    def __init__(self, names: tuple[str, ...]) -> None:
        self.names = names
        super().__init__(say("canned_missing_value", names=", ".join(names)))


@dataclass(frozen=True)
class KeptReply:
    """A reply as an officer chooses it. ``id`` is None for one that ships as data; ``team`` empty: for all."""

    title: str
    text: str
    team: str = ""
    id: int | None = None


class _ReplyRecord(Record):
    title: Text
    text: Text
    team: str = ""


class _ReplyFile(Record):
    replies: tuple[_ReplyRecord, ...]


def variables_in(text: str) -> tuple[str, ...]:
    """The variables of a reply, in order, each once. Raises ``UnknownVariableError``."""
    names = tuple(dict.fromkeys(_VARIABLE.findall(text)))
    unknown = tuple(name or "{{}}" for name in names if name not in VARIABLES)
    left = tuple(dict.fromkeys(_BRACES.findall(_VARIABLE.sub("", text))))
    if unknown or left:
        raise UnknownVariableError(unknown + left)
    return names


def fill_in(text: str, values: Mapping[str, str | None]) -> str:
    """The reply with its variables filled in. A value is put in as it is and never read for variables again.

    Raises ``UnknownVariableError`` and ``MissingValueError``."""
    missing = tuple(name for name in variables_in(text) if not values.get(name))
    if missing:
        raise MissingValueError(missing)
    return _VARIABLE.sub(lambda match: values[match.group(1)] or "", text)


def shipped_replies(data_dir: Path) -> tuple[KeptReply, ...]:
    """The replies in ``data_dir``. Raises ``CatalogueError``, also for a variable that does not exist."""
    entry, problems = read_record(data_dir / _FILE, _FILE, _ReplyFile)
    for record in entry.record.replies if entry is not None else ():
        try:
            variables_in(record.text)
        except UnknownVariableError as error:
            problems = [*problems, Problem(_FILE, 1, f"{record.title}: {error}")]
    if entry is None or problems:
        raise CatalogueError(problems)
    return tuple(KeptReply(record.title, record.text, record.team) for record in entry.record.replies)


def replies_for(session: Session, shipped: tuple[KeptReply, ...], teams: frozenset[str]) -> list[KeptReply]:
    """What an officer of these teams may choose from: the teams' own first, then those for all. A team's own reply goes before a
    shipped one of the same title."""
    rows = session.scalars(
        select(CannedReply).where(CannedReply.team.in_(["", *teams])).order_by(CannedReply.team.desc(), CannedReply.title)
    )
    own = [KeptReply(row.title, row.text, row.team, row.id) for row in rows]
    titles = {reply.title for reply in own}
    return [*own, *(reply for reply in shipped if reply.team in ("", *teams) and reply.title not in titles)]


def keep_reply(
    sessions: SessionFactory,
    reply: KeptReply,
    account: str,
    now: datetime,
    *,
    new: bool = False,
    also: Callable[[Session, int], object] | None = None,
) -> int:
    """Writes a new reply, or over the one with its ``id`` (or, unless it must be ``new``, the same team and title); returns its
    id. Numbers are masked. ``also``: what the caller writes last in the transaction, given the id.

    Raises ``ValueError`` for an empty or overlong one, ``UnknownVariableError``, ``TitleTakenError``, ``LookupError`` for an
    unknown id."""
    title, text = reply.title.strip(), without_numbers(reply.text.strip())
    if not title or len(title) > 120 or not text or len(text) > LONGEST_REPLY:
        raise ValueError(f"a reply has a title of 1 to 120 and a text of 1 to {LONGEST_REPLY} characters")
    variables_in(text)
    with writing(sessions) as session:
        same = select(CannedReply).where(CannedReply.team == reply.team, CannedReply.title == title)
        titled = session.scalars(same).one_or_none()
        row = session.get(CannedReply, reply.id) if reply.id is not None else titled
        if row is None and reply.id is not None:
            raise LookupError(reply.id)
        if titled is not None and (new or titled is not row):
            raise TitleTakenError(title)
        row = row or CannedReply(team=reply.team)
        row.team, row.title, row.text, row.changed_by, row.changed_at = reply.team, title, text, account, now
        session.add(row)
        session.flush()
        if also is not None:
            also(session, row.id)
        return row.id


def drop_reply(sessions: SessionFactory, reply_id: int, also: Callable[[Session], object] | None = None) -> None:
    """Deletes a team's reply; one that is gone already is no error. ``also``: what the caller writes last in the transaction."""
    with writing(sessions) as session:
        session.execute(delete(CannedReply).where(CannedReply.id == reply_id))
        if also is not None:
            also(session)
