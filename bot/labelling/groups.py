"""Near-duplicates among the messages to label, grouped so that one label settles all of them.

Equal words are one group at once. The others are compared by meaning with the first message of each group of the last weeks;
where there is no encoder, words alone decide.
"""

import base64
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from bot.catalogue.embedding.encoder import Encoder, Vectors
from bot.labelling.example_text import shown
from bot.storage.database import SessionFactory, writing
from bot.storage.labelling_models import LabelCluster, LabelItem

logger = logging.getLogger(__name__)

NEAR = 0.94
"""From this cosine on two messages say the same. Measured with the embedded encoder: rewordings of one question lie at 0.95 to
0.96, other facets of the same procedure at 0.92 and below."""
COMPARED_BACK = timedelta(weeks=8)
ENCODED_AT_ONCE = 32


@dataclass(frozen=True)
class _Waiting:
    """A message without a group."""

    id: int
    text: str
    words_key: str
    at: datetime


class Grouping:
    """Gives each message its group. ``load_encoder`` is asked once, when the first message waits; it gives None where words alone
    must do. Keeps the groups' vectors between rounds."""

    def __init__(self, sessions: SessionFactory, load_encoder: Callable[[], Encoder | None]) -> None:
        self._sessions, self._load_encoder = sessions, load_encoder
        self._loaded = False
        self._encoder: Encoder | None = None
        self._ids: list[int] = []
        self._matrix: Vectors | None = None

    def go_round(self, now: datetime, most: int = 256) -> int:
        """Groups up to ``most`` messages; returns how many."""
        with self._sessions() as session:
            waiting = _waiting(session, most)
            known = _groups_by_words(session, [one.words_key for one in waiting])
        if not waiting:
            return 0
        new = _first_of_each([one for one in waiting if one.words_key not in known])
        vectors = self._encoded([one.text for one in new])
        self._read_vectors(now)
        with writing(self._sessions) as session:
            for place, one in enumerate(new):
                known[one.words_key] = self._near_or_new(session, one, vectors[place] if vectors is not None else None)
            there = set(session.scalars(select(LabelCluster.id).where(LabelCluster.id.in_(set(known.values())))))
            joining: dict[int, list[_Waiting]] = {}
            for one in waiting:
                joining.setdefault(known[one.words_key], []).append(one)
            for group in sorted(there & joining.keys()):
                _join(session, joining[group], group)
        return len(waiting)

    def _encoded(self, texts: Sequence[str]) -> Vectors | None:
        if not self._loaded:
            self._encoder, self._loaded = self._load_encoder(), True
        if self._encoder is None or not texts:
            return None
        slices = [texts[start : start + ENCODED_AT_ONCE] for start in range(0, len(texts), ENCODED_AT_ONCE)]
        return np.concatenate([self._encoder.encode_queries([_to_encode(text) for text in part]) for part in slices])

    def _read_vectors(self, now: datetime) -> None:
        """The vectors of groups that were made since the last round, here or elsewhere."""
        if self._encoder is None:
            return
        newer = select(LabelCluster.id, LabelCluster.vector).where(
            LabelCluster.id > (self._ids[-1] if self._ids else 0),
            LabelCluster.vector.is_not(None),
            LabelCluster.last_at >= now - COMPARED_BACK,
        )
        with self._sessions() as session:
            rows = session.execute(newer.order_by(LabelCluster.id)).all()
        for row in rows:
            self._remember(row.id, unpacked(row.vector))

    def _remember(self, group: int, vector: Vectors) -> None:
        self._ids.append(group)
        row = vector.reshape(1, -1)
        self._matrix = row if self._matrix is None else np.concatenate([self._matrix, row])

    def _near_or_new(self, session: Session, one: _Waiting, vector: Vectors | None) -> int:
        if vector is not None and self._matrix is not None and self._matrix.shape[1] == vector.shape[0]:
            likeness = self._matrix @ vector
            nearest = int(np.argmax(likeness))
            if likeness[nearest] >= NEAR and session.get(LabelCluster, self._ids[nearest]) is not None:
                return self._ids[nearest]
        made = LabelCluster(
            words_key=one.words_key, vector=packed(vector) if vector is not None else None, first_at=one.at, last_at=one.at
        )
        session.add(made)
        session.flush()
        if vector is not None:
            self._remember(made.id, vector)
        return made.id


def packed(vector: Vectors) -> str:
    """A vector as the ledger keeps it."""
    return base64.b64encode(vector.astype("<f2").tobytes()).decode()


def unpacked(kept: str) -> Vectors:
    """The vector that ``packed`` kept."""
    found: Vectors = np.frombuffer(base64.b64decode(kept), "<f2").astype(np.float32)
    return found


def set_apart(session: Session, item: LabelItem) -> None:
    """Takes a message out of its group, into one of its own that only messages with the same words join."""
    own = LabelCluster(words_key=item.words_key, first_at=item.at, last_at=item.at)
    session.add(own)
    session.flush()
    same = update(LabelItem).where(LabelItem.cluster_id == item.cluster_id, LabelItem.words_key == item.words_key)
    session.execute(same.values(cluster_id=own.id, apart=True).execution_options(synchronize_session="fetch"))


def _first_of_each(waiting: Sequence[_Waiting]) -> list[_Waiting]:
    first: dict[str, _Waiting] = {}
    for one in waiting:
        first.setdefault(one.words_key, one)
    return list(first.values())


def _to_encode(text: str) -> str:
    return shown(text, lambda kind: kind.replace("_", " "))


def _waiting(session: Session, most: int) -> list[_Waiting]:
    columns = (LabelItem.id, LabelItem.text, LabelItem.words_key, LabelItem.at)
    rows = session.execute(select(*columns).where(LabelItem.cluster_id.is_(None)).order_by(LabelItem.id).limit(most))
    return [_Waiting(*row) for row in rows]


def _groups_by_words(session: Session, keys: Sequence[str]) -> dict[str, int]:
    """The newest group of messages with the same words."""
    rows = (
        select(LabelItem.words_key, LabelItem.cluster_id)
        .where(LabelItem.words_key.in_(set(keys)), LabelItem.cluster_id.is_not(None))
        .group_by(LabelItem.words_key, LabelItem.cluster_id)
        .order_by(LabelItem.cluster_id)
    )
    found: Mapping[str, int] = {row.words_key: row.cluster_id for row in session.execute(rows)}
    return dict(found)


def _join(session: Session, joining: Sequence[_Waiting], group: int) -> None:
    ids, last = [one.id for one in joining], max(one.at for one in joining)
    session.execute(update(LabelItem).where(LabelItem.id.in_(ids), LabelItem.cluster_id.is_(None)).values(cluster_id=group))
    session.execute(update(LabelCluster).where(LabelCluster.id == group, LabelCluster.last_at < last).values(last_at=last))
