"""Colleagues judge the bot's answers: right, or wrong with the kind of fault and, where they know it, the right answer."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from bot.conversations.private_values import masked_forms, show_masked
from bot.officers.notes import without_numbers
from bot.storage.models import Conversation, Inbound, Outbound
from bot.storage.review_models import AnswerJudgement
from bot.texts import say

Verdict = Literal["right", "wrong"]
Fault = Literal["misunderstood", "wrong_procedure", "wrong_facts", "outdated", "incomplete", "unclear", "other"]
VERDICTS: tuple[Verdict, ...] = get_args(Verdict)
FAULTS: tuple[Fault, ...] = get_args(Fault)
LONGEST_NOTE = 1_000
LONGEST_ANSWER = 4_000


class JudgementRefusedError(ValueError):
    """The judgement is not taken; ``reason``: ``no_answer`` (no message of the bot in this conversation), ``fault_missing``."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Judgement:
    """One judgement that counts, or one of those before it."""

    outbound_id: int
    account: str
    name: str
    verdict: str
    fault: str | None
    note: str
    right_answer: str
    at: datetime
    replaced_at: datetime | None


@dataclass(frozen=True)
class WrongAnswer:
    """An answer that was judged wrong, as trainers need it; private numbers are masked everywhere."""

    judgement_id: int
    conversation_id: str
    outbound_id: int
    question: str
    answer: str
    intent: str | None
    confidence: float | None
    procedure_code: str | None
    judgement: Judgement


def judge(
    session: Session,
    conversation_id: str,
    outbound_id: int,
    account: str,
    name: str,
    verdict: Verdict,
    now: datetime,
    *,
    fault: Fault | None = None,
    note: str = "",
    right_answer: str = "",
) -> AnswerJudgement:
    """Writes the account's judgement of one answer of the bot; the one that it had given before is kept as replaced. Private
    numbers in the words are masked. The caller's transaction is made by ``writing``. Raises ``JudgementRefusedError``."""
    # Held, so that two posts of the same account at once leave one judgement that counts.
    answer = session.get(Outbound, outbound_id, with_for_update=True)
    if answer is None or answer.conversation_id != conversation_id or answer.author != "bot" or answer.seq is None:
        raise JudgementRefusedError("no_answer")
    if verdict == "wrong" and fault is None:
        raise JudgementRefusedError("fault_missing")
    take_back(session, conversation_id, outbound_id, account, now)
    row = AnswerJudgement(
        conversation_id=conversation_id,
        outbound_id=outbound_id,
        account=account,
        name=name,
        verdict=verdict,
        fault=fault if verdict == "wrong" else None,
        note=without_numbers(note.strip()[:LONGEST_NOTE]),
        right_answer=without_numbers(right_answer.strip()[:LONGEST_ANSWER]),
        at=now,
    )
    session.add(row)
    session.flush()
    return row


def take_back(session: Session, conversation_id: str, outbound_id: int, account: str, now: datetime) -> bool:
    """The account's judgement of this answer no longer counts. False where there was none."""
    mine = update(AnswerJudgement).where(
        AnswerJudgement.conversation_id == conversation_id,
        AnswerJudgement.outbound_id == outbound_id,
        AnswerJudgement.account == account,
        AnswerJudgement.replaced_at.is_(None),
    )
    return bool(session.execute(mine.values(replaced_at=now).returning(AnswerJudgement.id)).all())


def judgements_of(session: Session, conversation_id: str, *, history: bool = False) -> dict[int, list[Judgement]]:
    """The judgements of a conversation's answers by message, oldest first; with ``history`` those replaced too."""
    rows = select(AnswerJudgement).where(AnswerJudgement.conversation_id == conversation_id).order_by(AnswerJudgement.id)
    if not history:
        rows = rows.where(AnswerJudgement.replaced_at.is_(None))
    found: dict[int, list[Judgement]] = {}
    for row in session.scalars(rows):
        found.setdefault(row.outbound_id, []).append(_seen(row))
    return found


def judged_wrong(
    session: Session,
    since: datetime | None = None,
    *,
    faults: Sequence[str] = (),
    procedure_code: str | None = None,
    after_id: int = 0,
    limit: int = 200,
) -> list[WrongAnswer]:
    """Answers judged wrong whose words are still kept, in the order of the judgements, for whoever improves the answers. The next
    page begins after the last ``judgement_id``."""
    rows = (
        select(AnswerJudgement, Outbound.message, Inbound.text, Inbound.nlu)
        .join(Outbound, Outbound.id == AnswerJudgement.outbound_id)
        .join(Conversation, Conversation.id == AnswerJudgement.conversation_id)
        .outerjoin(Inbound, Inbound.id == Outbound.inbound_id)
        .where(
            AnswerJudgement.verdict == "wrong",
            AnswerJudgement.replaced_at.is_(None),
            AnswerJudgement.id > after_id,
            func.coalesce(Conversation.unavailable_reason, "") != "forgotten",
        )
        .order_by(AnswerJudgement.id)
    )
    if since is not None:
        rows = rows.where(AnswerJudgement.at >= since)
    if faults:
        rows = rows.where(AnswerJudgement.fault.in_(list(faults)))
    if procedure_code is not None:
        rows = rows.where(Outbound.message["procedure_code"].as_string() == procedure_code)
    return [_wrong(session, *row) for row in session.execute(rows.limit(limit))]


def _wrong(session: Session, row: AnswerJudgement, message: dict[str, object], question: str | None, nlu: object) -> WrongAnswer:
    known = nlu if isinstance(nlu, dict) else {}
    said, asked = str(message.get("text", "")), question or ""
    forms, hidden = masked_forms(session, row.conversation_id, [said, asked]), say("private_hidden")
    code = message.get("procedure_code")
    return WrongAnswer(
        row.id,
        row.conversation_id,
        row.outbound_id,
        show_masked(asked, forms, hidden),
        show_masked(said, forms, hidden),
        known.get("intent"),
        known.get("confidence"),
        code if isinstance(code, str) else None,
        _seen(row),
    )


def _seen(row: AnswerJudgement) -> Judgement:
    return Judgement(
        row.outbound_id, row.account, row.name, row.verdict, row.fault, row.note, row.right_answer, row.at, row.replaced_at
    )
