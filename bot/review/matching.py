"""Which lines of the index hold the words looked for, in each database's own way: FTS5 on SQLite, a GIN index on PostgreSQL."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, FromClause, bindparam, func, inspect, literal, literal_column, select, text
from sqlalchemy.orm import Session

from bot.review.words import Terms
from bot.storage.review_models import TranscriptIndex


@dataclass(frozen=True)
class Matches:
    """``lines``: where to select from (``TranscriptIndex`` with what it is joined to); ``score``: the higher the better."""

    lines: FromClause
    conditions: tuple[ColumnElement[bool], ...]
    score: ColumnElement[Any]


def matching_lines(session: Session, terms: Terms) -> Matches:
    """The lines that hold every word and every phrase. Words hold letters and digits only, so nothing in them is an operator."""
    index: FromClause = inspect(TranscriptIndex).local_table
    if not terms:
        return Matches(index, (), literal(0.0))
    if session.get_bind().dialect.name == "sqlite":
        return _with_fts5(index, terms)
    return _with_gin(index, terms)


def _with_fts5(index: FromClause, terms: Terms) -> Matches:
    asked = " ".join([*(f'"{word}"' for word in terms.words), *(f'"{" ".join(phrase)}"' for phrase in terms.phrases)])
    # Materialized: the score can be computed only where the search itself stands, not where lines are counted.
    hits = (
        select(literal_column("rowid").label("id"), literal_column("-bm25(transcript_words)").label("score"))
        .select_from(text("transcript_words"))
        .where(text("transcript_words MATCH :asked").bindparams(bindparam("asked", asked)))
        .cte("hits")
        .prefix_with("MATERIALIZED")
    )
    return Matches(index.join(hits, hits.c.id == TranscriptIndex.id), (), hits.c.score)


def _with_gin(index: FromClause, terms: Terms) -> Matches:
    vector: ColumnElement[Any] = literal_column("array_to_tsvector(string_to_array(transcript_index.words, ' '))")
    query = literal(" & ".join(f"'{word}'" for word in terms.all_words)).op("::")(literal_column("tsquery"))
    conditions: list[ColumnElement[bool]] = [vector.op("@@")(query)]
    # The vector knows no places: the phrase itself is looked for in the lines that hold its words.
    padded = func.concat(" ", TranscriptIndex.words, " ")
    conditions += [padded.contains(f" {' '.join(phrase)} ", autoescape=True) for phrase in terms.phrases]
    return Matches(index, tuple(conditions), _density(padded, terms))


def _density(padded: ColumnElement[Any], terms: Terms) -> ColumnElement[Any]:
    """How often the words stand in a line, against its length: what the database's own rank cannot tell without places."""
    without = padded
    for word in terms.all_words:
        without = func.replace(without, f" {word} ", " ")
    return (func.length(padded) - func.length(without)) * 1.0 / (20 + func.length(padded))
