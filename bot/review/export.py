"""Transcripts taken away as files: what a file holds of a conversation, and as CSV or JSON, piece by piece."""

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from bot.clock import VIETNAM_TIME
from bot.officers.view import ViewHandoff, ViewLine, conversation_view
from bot.review.judgements import Judgement, judgements_of
from bot.review.labels import label_of
from bot.spreadsheets import spreadsheet_cell
from bot.storage.database import SessionFactory
from bot.texts import say

MOST_CONVERSATIONS = 500
MOST_LINES = 2_000
_LINES_AT_ONCE = 500
COLUMNS = (
    "conversation", "channel", "team", "number", "at", "speaks", "name", "text", "intent", "confidence", "procedure", "sources",
    "verdict", "fault", "note", "right_answer",
)  # fmt: skip


@dataclass(frozen=True)
class ExportedConversation:
    """One conversation; every private number in it is masked. ``cut``: it has more lines than a file takes."""

    conversation_id: str
    channel: str
    lines: tuple[ViewLine, ...]
    handoffs: tuple[ViewHandoff, ...]
    judgements: Mapping[int, Sequence[Judgement]]
    cut: bool

    @property
    def teams(self) -> tuple[str, ...]:
        """The teams that had it, each once."""
        return tuple(dict.fromkeys(one.team for one in reversed(self.handoffs) if one.team))


def read_for_export(session: Session, conversation_id: str, now: datetime) -> ExportedConversation | None:
    """The conversation, at most 2,000 lines; None where it is not there (any more)."""
    view = conversation_view(session, conversation_id, now, limit=_LINES_AT_ONCE)
    if view is None:
        return None
    lines, last = list(view.lines), view.lines
    while len(last) == _LINES_AT_ONCE and len(lines) <= MOST_LINES:
        following = conversation_view(session, conversation_id, now, after=last[-1].seq, limit=_LINES_AT_ONCE)
        last = following.lines if following is not None else ()
        lines += last
    judgements = judgements_of(session, conversation_id)
    cut = len(lines) > MOST_LINES
    return ExportedConversation(view.conversation_id, view.channel, tuple(lines[:MOST_LINES]), view.handoffs, judgements, cut)


def each_conversation(sessions: SessionFactory, conversation_ids: Iterable[str], now: datetime) -> Iterator[ExportedConversation]:
    """The conversations one after the other, each read in a session of its own when its turn comes."""
    for conversation_id in conversation_ids:
        with sessions() as session:
            found = read_for_export(session, conversation_id, now)
        if found is not None:
            yield found


def as_csv(conversations: Iterable[ExportedConversation], team_name: Callable[[str], str]) -> Iterator[str]:
    """A row per message, with a heading; a byte order mark, so that spreadsheets read the letters rightly. No cell is calculated
    by a spreadsheet, whatever a citizen wrote."""
    yield "\ufeff" + _rows([[say(f"export_column_{name}") for name in COLUMNS]])
    for conversation in conversations:
        teams = ", ".join(team_name(team) for team in conversation.teams)
        about = [conversation.conversation_id, label_of("channel", conversation.channel), teams]
        yield _rows([*about, *_line_cells(line, conversation.judgements)] for line in conversation.lines)


def _line_cells(line: ViewLine, judgements: Mapping[int, Sequence[Judgement]]) -> list[str]:
    judged = judgements.get(line.outbound_id or 0, ())
    return [
        str(line.seq),
        line.at.astimezone(VIETNAM_TIME).strftime("%H:%M:%S %d/%m/%Y"),
        label_of("speaks", line.speaks),
        line.name or "",
        line.text,
        line.intent or "",
        f"{line.confidence:.2f}" if line.confidence is not None else "",
        line.procedure_code or "",
        "; ".join(line.sources),
        "; ".join(f"{one.name}: {label_of('verdict', one.verdict)}" for one in judged),
        "; ".join(label_of("fault", one.fault) for one in judged if one.fault),
        "; ".join(one.note for one in judged if one.note),
        "; ".join(one.right_answer for one in judged if one.right_answer),
    ]


def _rows(rows: Iterable[Sequence[str]]) -> str:
    written = io.StringIO()
    table = csv.writer(written, lineterminator="\r\n")
    table.writerows([spreadsheet_cell(cell) for cell in row] for row in rows)
    return written.getvalue()


def as_json(conversations: Iterable[ExportedConversation], about: Mapping[str, Any]) -> Iterator[str]:
    """One JSON object: what is in ``about``, and ``conversations``."""
    head = json.dumps(dict(about), ensure_ascii=False)[:-1]
    yield head + (', "conversations": [' if about else '"conversations": [')
    separator = "\n"
    for conversation in conversations:
        yield separator + json.dumps(_as_object(conversation), ensure_ascii=False)
        separator = ",\n"
    yield "\n]}\n"


def _as_object(conversation: ExportedConversation) -> dict[str, Any]:
    return {
        "id": conversation.conversation_id,
        "channel": conversation.channel,
        "cut": conversation.cut,
        "handoffs": [
            {
                "number": one.number,
                "reason": one.reason,
                "team": one.team,
                "state": one.state,
                "opened_at": _at(one.opened_at),
                "outcome": one.outcome,
                "rating": one.rating,
            }
            for one in conversation.handoffs
        ],
        "messages": [_line_object(line, conversation.judgements) for line in conversation.lines],
    }


def _line_object(line: ViewLine, judgements: Mapping[int, Sequence[Judgement]]) -> dict[str, Any]:
    judged = judgements.get(line.outbound_id or 0, ())
    return {
        "number": line.seq,
        "at": _at(line.at),
        "from": line.speaks,
        "name": line.name,
        "text": line.text,
        "intent": line.intent,
        "confidence": line.confidence,
        "procedure_code": line.procedure_code,
        "sources": list(line.sources),
        "judgements": [
            {
                "by": one.name,
                "at": _at(one.at),
                "verdict": one.verdict,
                "fault": one.fault,
                "note": one.note,
                "right_answer": one.right_answer,
            }
            for one in judged
        ],
    }


def _at(moment: datetime) -> str:
    return moment.astimezone(VIETNAM_TIME).isoformat(timespec="seconds")
