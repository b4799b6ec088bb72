"""Exercises made of conversations and officers' attempts, in the ledger."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import ValidationError
from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from bot.conversations.ownership import Officer
from bot.conversations.transcript import TranscriptLine, read_transcript
from bot.officers.notes import without_numbers
from bot.practice.comparing import Comparison
from bot.practice.exercise import LONGEST_LINE, Exercise, Point, PracticeLine
from bot.storage.models import Handoff
from bot.storage.practice_models import PracticeAttempt, PracticeExercise

LINES_BEFORE = 12
"""How much of the conversation is replayed: an officer reads no more in a minute."""
LONGEST_ANSWER = 2_000
LONGEST_REMARK = 1_000
SLOWEST_SECONDS = 3_600


class PracticeRefusedError(ValueError):
    """Nothing was kept; ``reason``: ``no_question`` (no such line of the citizen), ``no_answer`` (no person answered it, and none
    was typed), ``already`` (the question is an exercise), ``gone`` (the exercise is not there any more)."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def own_key(number: int) -> str:
    """The key of an exercise that was made of a conversation."""
    return f"own:{number}"


def make_exercise(
    session: Session,
    conversation_id: str,
    question_seq: int,
    title: str,
    points: Sequence[Point],
    maker: Officer,
    now: datetime,
    *,
    reference: str = "",
    shared: bool = False,
) -> int:
    """Freezes the conversation up to the citizen's line ``question_seq``; returns the exercise's number. Without ``reference``
    the colleague's answer is what officers wrote until the citizen's next line. ``shared``: officers of other teams may see it
    too, because the maker found no name or address in it. Raises ``PracticeRefusedError``."""
    lines = read_transcript(session, conversation_id, max(0, question_seq - LINES_BEFORE - 1), LINES_BEFORE + 40)
    at = next((place for place, line in enumerate(lines) if line.seq == question_seq and line.speaks == "citizen"), None)
    if at is None or not lines[at].text.strip():
        raise PracticeRefusedError("no_question")
    if _is_exercise(session, conversation_id, question_seq):
        raise PracticeRefusedError("already")
    answer = without_numbers(reference.strip()) or colleagues_answer(lines[at + 1 :])
    if not answer:
        raise PracticeRefusedError("no_answer")
    exercise = Exercise(
        key="own:0",
        title=without_numbers(title),
        before=tuple(_practice_lines(lines[:at])),
        question=lines[at].text[:LONGEST_LINE],
        reference=answer[:LONGEST_LINE],
        points=tuple(points),
    )
    row = PracticeExercise(
        conversation_id=conversation_id,
        question_seq=question_seq,
        content=exercise.model_dump(mode="json", exclude={"key"}),
        team=_team_of(session, conversation_id),
        shared=shared,
        made_by=maker.account,
        made_name=maker.name,
        made_at=now,
    )
    session.add(row)
    session.flush()
    return row.id


def _is_exercise(session: Session, conversation_id: str, question_seq: int) -> bool:
    made = select(PracticeExercise.id).where(
        PracticeExercise.conversation_id == conversation_id, PracticeExercise.question_seq == question_seq
    )
    return session.execute(made).first() is not None


def _team_of(session: Session, conversation_id: str) -> str | None:
    newest = select(Handoff.team).where(Handoff.conversation_id == conversation_id).order_by(Handoff.id.desc()).limit(1)
    return session.scalar(newest)


def colleagues_answer(following: Sequence[TranscriptLine]) -> str:
    """What officers wrote before the citizen wrote again."""
    said: list[str] = []
    for line in following:
        if line.speaks == "citizen" and said:
            break
        if line.speaks == "officer" and line.text.strip():
            said.append(line.text.strip())
    return "\n\n".join(said)


def _practice_lines(lines: Sequence[TranscriptLine]) -> list[PracticeLine]:
    return [PracticeLine(speaks=line.speaks, text=line.text[:LONGEST_LINE]) for line in lines if line.text.strip()]


def own_exercises(session: Session, teams: Collection[str] | None) -> Mapping[str, Exercise]:
    """The exercises made of conversations that who sees these teams (None: all) may see, the newest first; those that another
    release wrote and this one cannot read are left out."""
    wanted = select(PracticeExercise).where(PracticeExercise.withdrawn_at.is_(None)).order_by(PracticeExercise.id.desc())
    if teams is not None:
        wanted = wanted.where(or_(PracticeExercise.shared, PracticeExercise.team.in_(sorted(teams))))
    rows = session.scalars(wanted)
    found = {own_key(row.id): _exercise(row.id, row.content) for row in rows}
    return {key: exercise for key, exercise in found.items() if exercise is not None}


def _exercise(number: int, content: Mapping[str, Any]) -> Exercise | None:
    try:
        return Exercise.model_validate({**content, "key": own_key(number)})
    except ValidationError:
        return None


def withdraw_exercise(session: Session, number: int, now: datetime) -> None:
    """Takes an exercise out of the list. Raises ``PracticeRefusedError``."""
    row = session.get(PracticeExercise, number)
    if row is None or row.withdrawn_at is not None:
        raise PracticeRefusedError("gone")
    row.withdrawn_at = now


def record_attempt(
    session: Session,
    exercise: Exercise,
    officer: Officer,
    team: str | None,
    answer: str,
    seconds: float,
    compared: Comparison,
    now: datetime,
) -> int:
    """Keeps one answer, its private numbers masked; returns its number."""
    row = PracticeAttempt(
        exercise=exercise.key,
        account=officer.account,
        name=officer.name,
        team=team,
        answer=without_numbers(answer)[:LONGEST_ANSWER],
        seconds=max(0, min(int(seconds), SLOWEST_SECONDS)),
        points=len(compared.points),
        said=compared.said,
        missed=list(compared.missed),
        warnings=list(compared.warnings),
        at=now,
    )
    session.add(row)
    session.flush()
    return row.id


def remark_on(session: Session, attempt: int, words: str, by: Officer, now: datetime, teams: Collection[str] | None) -> None:
    """A supervisor's or trainer's words on an attempt of these teams (None: all); they replace those before. Raises
    ``PracticeRefusedError``."""
    row = session.get(PracticeAttempt, attempt)
    if row is None or (teams is not None and row.team not in teams):
        raise PracticeRefusedError("gone")
    row.remark, row.remark_name, row.remark_at = without_numbers(words)[:LONGEST_REMARK], by.name, now


def attempts_of(session: Session, account: str) -> dict[str, list[PracticeAttempt]]:
    """The account's attempts by exercise, the newest first."""
    found: dict[str, list[PracticeAttempt]] = {}
    rows = select(PracticeAttempt).where(PracticeAttempt.account == account).order_by(PracticeAttempt.id.desc())
    for row in session.scalars(rows):
        found.setdefault(row.exercise, []).append(row)
    return found


@dataclass(frozen=True)
class TeamFigures:
    """A team's practice. ``share``: of all points of the first attempts, how many were said, 0 to 1; ``missed``: the points most
    often left out, with how often; ``warnings`` likewise. ``seconds``: the median of the first attempts."""

    team: str | None
    officers: int
    attempts: int
    share: float
    seconds: int
    missed: tuple[tuple[str, int], ...]
    warnings: tuple[tuple[str, int], ...]


def figures_by_team(session: Session, since: datetime, teams: Collection[str] | None) -> list[TeamFigures]:
    """The figures of these teams (None: all) over the attempts since then. Only the first attempt of an officer at an exercise
    counts for the share, the time and the errors: after it the colleague's answer is known."""
    wanted = select(PracticeAttempt).where(PracticeAttempt.at >= since).order_by(PracticeAttempt.id)
    rows = session.scalars(_of_teams(wanted, teams)).all()
    by_team: dict[str | None, list[PracticeAttempt]] = {}
    for row in rows:
        by_team.setdefault(row.team, []).append(row)
    return [_figures(team, found) for team, found in sorted(by_team.items(), key=lambda item: item[0] or "")]


def _figures(team: str | None, rows: Sequence[PracticeAttempt]) -> TeamFigures:
    first: dict[tuple[str, str], PracticeAttempt] = {}
    for row in rows:
        first.setdefault((row.account, row.exercise), row)
    counted = list(first.values())
    points = sum(row.points for row in counted)
    seconds = sorted(row.seconds for row in counted)
    return TeamFigures(
        team,
        len({row.account for row in rows}),
        len(rows),
        sum(row.said for row in counted) / points if points else 0.0,
        seconds[len(seconds) // 2],
        tuple(Counter(text for row in counted for text in row.missed).most_common(5)),
        tuple(Counter(word for row in counted for word in row.warnings).most_common(3)),
    )


def newest_attempts(session: Session, teams: Collection[str] | None, limit: int = 50) -> Sequence[PracticeAttempt]:
    """The newest attempts of these teams (None: all)."""
    return session.scalars(_of_teams(select(PracticeAttempt).order_by(PracticeAttempt.id.desc()), teams).limit(limit)).all()


def _of_teams(wanted: Select[PracticeAttempt], teams: Collection[str] | None) -> Select[PracticeAttempt]:
    return wanted if teams is None else wanted.where(PracticeAttempt.team.in_(sorted(teams)))
