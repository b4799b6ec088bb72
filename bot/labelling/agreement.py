"""How often two trainers say the same of the same message."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, func, select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Session, aliased

from bot.storage.labelling_models import Label, LabellingSetting

SHARE = "second_share"
SHIPPED_SHARE = 10


@dataclass(frozen=True)
class Agreement:
    """``pairs``: messages that two trainers labelled without seeing each other's label. ``same``: of them those with the same
    intent; ``same_procedure``: with the same procedure too. ``kappa``: Cohen's kappa of the intents, None where it says nothing
    (no pairs, or one intent alone). ``confused``: intents that one trainer and another said of one message, with how often."""

    pairs: int
    same: int
    same_procedure: int
    kappa: float | None
    confused: tuple[tuple[str, str, int], ...]

    @property
    def share(self) -> float | None:
        """The share with the same intent, 0 to 1."""
        return self.same / self.pairs if self.pairs else None


def cohens_kappa(pairs: Sequence[tuple[str, str]]) -> float | None:
    """The agreement beyond what chance gives, 1 for full agreement; None where chance alone explains all of it."""
    if not pairs:
        return None
    total = len(pairs)
    first, second = Counter(one for one, _ in pairs), Counter(two for _, two in pairs)
    by_chance = sum(first[name] * second[name] for name in first) / total**2
    observed = sum(one == two for one, two in pairs) / total
    return (observed - by_chance) / (1 - by_chance) if by_chance < 1 else None


def measured_agreement(session: Session, since: datetime | None = None) -> Agreement:
    """The agreement on all messages labelled twice, or on those labelled since ``since``."""
    one, two = aliased(Label), aliased(Label)
    joined = and_(two.item_id == one.item_id, two.rank == 2, two.undone_at.is_(None))
    rows = select(one.intent, one.procedure_code, two.intent, two.procedure_code, func.count()).join(two, joined)
    rows = rows.where(one.rank == 1, one.undone_at.is_(None))
    if since is not None:
        rows = rows.where(two.at >= since)
    grouped = rows.group_by(one.intent, one.procedure_code, two.intent, two.procedure_code)
    found = [row for row in session.execute(grouped) for _ in range(row[4])]
    pairs = [(row[0], row[2]) for row in found]
    differing = Counter((min(pair), max(pair)) for pair in pairs if pair[0] != pair[1])
    confused = tuple((*pair, count) for pair, count in sorted(differing.items(), key=lambda item: (-item[1], item[0])))
    same = [row for row in found if row[0] == row[2]]
    return Agreement(len(pairs), len(same), sum(row[1] == row[3] for row in same), cohens_kappa(pairs), confused)


def second_share(session: Session) -> int:
    """Of how many messages in a hundred a second trainer is asked."""
    set_to = session.scalar(select(LabellingSetting.value).where(LabellingSetting.name == SHARE))
    return SHIPPED_SHARE if set_to is None else set_to


def set_second_share(session: Session, share: int, account: str, now: datetime) -> None:
    """Sets the share. Raises ``ValueError`` for a number below 0 or above 100."""
    if not 0 <= share <= 100:
        raise ValueError("a share lies between 0 and 100")
    insert = sqlite_insert if session.get_bind().dialect.name == "sqlite" else postgresql_insert
    values = {"value": share, "changed_by": account, "changed_at": now}
    added = insert(LabellingSetting).values(name=SHARE, **values)
    session.execute(added.on_conflict_do_update(index_elements=["name"], set_=values))
