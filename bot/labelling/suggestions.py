"""What a message may mean: what the model thought likely, and what trainers said of messages that are near to it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from bot.labelling.groups import unpacked
from bot.labelling.labels import LEFT_OUT
from bot.labelling.selection import FALLBACK
from bot.storage.labelling_models import Label, LabelCluster, LabelItem

MOST = 6
NEIGHBOURS = 5
_NEAR_ENOUGH = 0.8
_COMPARED = 2_000
"""Labelled groups that a message is compared with, the newest ones."""


@dataclass(frozen=True)
class Suggestion:
    """``confidence``: the model's, None where only neighbours say so; ``like``: a labelled message that is near to it."""

    intent: str
    confidence: float | None = None
    like: str | None = None


@dataclass(frozen=True)
class Neighbour:
    """A labelled message near to this one. ``likeness``: the cosine of their meanings."""

    text: str
    intent: str
    procedure_code: str | None
    likeness: float


def neighbours(session: Session, item: LabelItem, most: int = NEIGHBOURS) -> list[Neighbour]:
    """The labelled messages nearest in meaning, nearest first. A message that waits for a second look is told nothing of its own
    group: the first trainer's label is to stay unseen."""
    own = session.get(LabelCluster, item.cluster_id) if item.cluster_id is not None else None
    found = [] if item.state in ("second", "held") or own is None else [(1.0, own.id)]
    if own is not None and own.vector is not None:
        rows = session.execute(_labelled_groups(own.id)).all()
        if rows:
            likeness = np.stack([unpacked(vector or "") for _, vector in rows]) @ unpacked(own.vector)
            nearest = np.argsort(-likeness)[:most]
            found += [(float(likeness[place]), rows[place][0]) for place in nearest if likeness[place] >= _NEAR_ENOUGH]
    shown = (_label_in(session, group, item.id, likeness) for likeness, group in found)
    return [one for one in shown if one is not None][:most]


def _labelled_groups(but: int) -> Select[int, str | None]:
    labelled = (
        select(LabelItem.cluster_id, func.max(Label.id).label("newest"))
        .join(Label, Label.item_id == LabelItem.id)
        .where(Label.counts, Label.undone_at.is_(None), LabelItem.cluster_id != but)
        .group_by(LabelItem.cluster_id)
        .order_by(func.max(Label.id).desc())
        .limit(_COMPARED)
        .subquery()
    )
    vectors = select(LabelCluster.id, LabelCluster.vector).join(labelled, labelled.c.cluster_id == LabelCluster.id)
    return vectors.where(LabelCluster.vector.is_not(None)).order_by(LabelCluster.id)


def _label_in(session: Session, group: int, but: int, likeness: float) -> Neighbour | None:
    row = session.execute(
        select(LabelItem.text, Label.intent, Label.procedure_code)
        .join(Label, Label.item_id == LabelItem.id)
        .where(LabelItem.cluster_id == group, LabelItem.id != but, Label.counts, Label.undone_at.is_(None))
        .order_by(Label.id.desc())
        .limit(1)
    ).first()
    return Neighbour(row.text, row.intent, row.procedure_code, likeness) if row is not None else None


def suggested(item: LabelItem, near: Sequence[Neighbour], known: Sequence[str]) -> list[Suggestion]:
    """Up to six intents: what trainers said of the nearest messages first, then the model's ranking. Names that the training data
    do not know any more are left out."""
    ranked = [(str(name), float(confidence)) for name, confidence in item.ranking]
    if not ranked and item.intent and item.intent != FALLBACK:
        ranked = [(item.intent, item.confidence or 0.0)]
    chances = dict(ranked)
    found: dict[str, Suggestion] = {}
    for one in near:
        if one.intent not in found and one.intent != LEFT_OUT:
            found[one.intent] = Suggestion(one.intent, chances.get(one.intent), one.text)
    for name, confidence in ranked:
        found.setdefault(name, Suggestion(name, confidence))
    return [one for name, one in found.items() if name in known][:MOST]
