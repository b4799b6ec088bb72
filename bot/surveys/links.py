"""One-time links of a survey and the answers that come through them: nothing is kept that joins the two."""

import hashlib
import re
import secrets
from collections.abc import Mapping, Sequence
from datetime import date, datetime

from sqlalchemy import ColumnElement, delete, select
from sqlalchemy.orm import Session

from bot.clock import VIETNAM_TIME
from bot.language.masking import find_private
from bot.storage.database import SessionFactory, writing
from bot.storage.survey_models import SurveyAnswer, SurveyLink, SurveyWave
from bot.surveys.questions import LONGEST_COMMENT, QuestionSet, questions_of, read_answers
from bot.surveys.waves import TAKES_ANSWERS

PATH = "/khao-sat"
"""Where the gateway serves the links: ``/khao-sat/<token>``."""
HIDDEN = "[…]"
"""Stands in a comment for a private number: not even its last figures stay."""
_TOKEN = re.compile(r"[A-Za-z0-9_-]{22}", re.ASCII)


class LinkGoneError(LookupError):
    """No such link, or it was used, or the survey has ended. Which of these is nobody's business."""


def new_token() -> str:
    """128 random bits."""
    return secrets.token_urlsafe(16)


def digest(token: str) -> str:
    """What the ledger knows of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


def survey_behind(session: Session, token: str, now: datetime) -> tuple[QuestionSet, date]:
    """The questions of a link that may be used, and its last day; uses nothing up. Raises ``LinkGoneError``."""
    if not _TOKEN.fullmatch(token):
        raise LinkGoneError
    wave_of_link = select(SurveyLink.wave_id).where(SurveyLink.token_sha256 == digest(token))
    wave = session.scalars(select(SurveyWave).where(SurveyWave.id == wave_of_link.scalar_subquery(), _open(now))).one_or_none()
    if wave is None:
        raise LinkGoneError
    return questions_of(wave.questions_version), wave.closes_on


def take_answers(sessions: SessionFactory, token: str, sent: Mapping[str, Sequence[str]], comment: str, now: datetime) -> None:
    """Takes the answers of a form and uses the link up, both or none. The link's row is deleted: nothing tells afterwards that
    it was used, when, or what came through it.

    Raises ``LinkGoneError``, also for the second of two that come at once; ``AnswersRefusedError`` (the link stays good)."""
    with writing(sessions) as session:
        answers = read_answers(survey_behind(session, token, now)[0], sent)
        used = delete(SurveyLink).where(
            SurveyLink.token_sha256 == digest(token), SurveyLink.wave_id.in_(select(SurveyWave.id).where(_open(now)))
        )
        found = session.execute(used.returning(SurveyLink.wave_id, SurveyLink.stratum)).one_or_none()
        if found is None:
            raise LinkGoneError
        session.add(
            SurveyAnswer(
                id=secrets.token_hex(16),
                wave_id=found.wave_id,
                stratum=found.stratum,
                day=now.astimezone(VIETNAM_TIME).date(),
                answers=dict(answers),
                comment=clean_comment(comment) or None,
            )
        )


def clean_comment(text: str) -> str:
    """The words without control characters, at most ``LONGEST_COMMENT``, every private number replaced as a whole."""
    plain = "".join(char if char.isprintable() or char == "\n" else " " for char in text.replace("\r\n", "\n"))
    plain = plain.strip()[:LONGEST_COMMENT]
    pieces, last = [], 0
    for span in find_private(plain):
        pieces += [plain[last : span.start], HIDDEN]
        last = span.end
    return "".join(pieces) + plain[last:]


def _open(now: datetime) -> ColumnElement[bool]:
    today = now.astimezone(VIETNAM_TIME).date()
    return SurveyWave.state.in_(TAKES_ANSWERS) & (SurveyWave.closes_on >= today)
