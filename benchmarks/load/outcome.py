"""What became of every message: the ledger's rows beside the citizens' screens."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from benchmarks.load.phones import Shown
from benchmarks.load.posting import Posted
from bot.storage.channel_models import Delivery
from bot.storage.models import Inbound, Outbound


@dataclass(frozen=True)
class Turn:
    """A message as the ledger has it. ``conclusions``: at how many moments answers were written; ``parts``: the
    platform's ids and the states of what was sent for it."""

    number: int
    outcome: str | None
    conclusions: int
    parts: tuple[tuple[str | None, str], ...] = ()


@dataclass(frozen=True)
class Outcome:
    """The verdict. ``answer_seconds``: from the webhook's due moment to the first part on the screen, with that due moment."""

    posted: int
    refused: int
    lost: int
    without_outcome: int
    never_shown: int
    concluded_twice: int
    shown_twice: int
    outcomes: Mapping[str, int] = field(default_factory=dict)
    answer_seconds: Sequence[tuple[float, float]] = ()

    def broken(self) -> list[str]:
        """The promises that were broken, in words; empty where all were kept."""
        promises = {
            "acknowledged and not in the ledger": self.lost,
            "without an outcome": self.without_outcome,
            "answered, and no screen shows it": self.never_shown,
            "concluded twice": self.concluded_twice,
            "shown twice": self.shown_twice,
        }
        return [f"{count} {words}" for words, count in promises.items() if count]


def judge(posted: Sequence[Posted], turns: Iterable[Turn], shown: Sequence[Shown]) -> Outcome:
    """Every acknowledged message is in the ledger once, has an outcome, and its answer is on the screen once. Pure."""
    by_number = {turn.number: turn for turn in turns}
    screens = Counter(one.id for one in shown)
    seen_at = {one.id: one.at for one in shown}
    acknowledged = [one for one in posted if one.status == 200]
    taken = [(one, by_number[one.said.number]) for one in acknowledged if one.said.number in by_number]
    answers = []
    never_shown = 0
    for one, turn in taken:
        moments = [seen_at[name] for name, _ in turn.parts if name in seen_at]
        if moments:
            answers.append((one.due, min(moments) - one.due))
        elif turn.parts and all(state == "sent" for _, state in turn.parts):
            never_shown += 1
    return Outcome(
        posted=len(posted),
        refused=len(posted) - len(acknowledged),
        lost=len(acknowledged) - len(taken),
        without_outcome=sum(turn.outcome is None for _, turn in taken),
        never_shown=never_shown,
        concluded_twice=sum(turn.conclusions > 1 for _, turn in taken),
        shown_twice=sum(count > 1 for count in screens.values()),
        outcomes=Counter(turn.outcome or "none" for _, turn in taken),
        answer_seconds=answers,
    )


def read_turns(session: Session, run: str) -> list[Turn]:
    """The messages of this run."""
    name = re.compile(re.escape(run) + r"(\d+)")
    rows = session.execute(select(Inbound.id, Inbound.event_id, Inbound.outcome).where(Inbound.event_id.contains(run))).all()
    numbers = {row.id: int(found[1]) for row in rows if (found := name.search(row.event_id))}
    moments: dict[int, set[object]] = {}
    parts: dict[int, list[tuple[str | None, str]]] = {}
    said = select(Outbound.inbound_id, Outbound.created_at, Delivery.platform_message_id, Delivery.state).outerjoin(
        Delivery, Delivery.outbound_id == Outbound.id
    )
    for inbound, at, message_id, state in session.execute(said.where(Outbound.inbound_id.is_not(None)).order_by(Outbound.id)):
        moments.setdefault(inbound or 0, set()).add(at)
        if state is not None:
            parts.setdefault(inbound or 0, []).append((message_id, state))
    return [
        Turn(numbers[row.id], row.outcome, len(moments.get(row.id, ())), tuple(parts.get(row.id, ())))
        for row in rows
        if row.id in numbers
    ]


def still_to_do(session: Session) -> tuple[int, int]:
    """How many messages have no outcome, and how many of ours still wait for their sender."""
    unanswered = select(func.count()).select_from(Inbound).where(Inbound.outcome.is_(None))
    unsent = select(func.count()).select_from(Outbound).where(Outbound.state == "pending")
    return session.scalar(unanswered) or 0, session.scalar(unsent) or 0
