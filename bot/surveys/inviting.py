"""Telling the portal whom to invite, in calls of one group each, so that no call ties a link to less than a group's share.

A call's links are in the ledger before the call, as digests; which link belongs to which dossier is known to this process
alone, while the call lasts. Whatever is cut off is told again with new links; the portal sends one invitation for a wave and a
dossier, so nobody gets two, and a link that went out before the cut stays good (docs/decisions/0027).
"""

import logging
import random
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from bot.portal.errors import CircuitOpen, CredentialsRefused, Declined, NotOffered, PortalError, TooManyAttempts
from bot.portal.gateway import SurveyDesk
from bot.portal.invitations import MAX_INVITATIONS, InvitationOrder, InvitationResult, SurveyInvitation
from bot.storage.database import SessionFactory, writing
from bot.storage.survey_models import SurveyLink, SurveySampled, SurveyWave
from bot.surveys.links import PATH, digest, new_token
from bot.surveys.waves import close_wave, invited_everybody, overdue_waves

logger = logging.getLogger(__name__)

CALLS_AT_ONCE = 10
"""In one round, so that a big wave lets other tasks have their turn."""
_SHUFFLE = random.SystemRandom()
_NOTHING_SENT = (Declined, NotOffered, CredentialsRefused, TooManyAttempts)


@dataclass(frozen=True)
class _Call:
    """What one call says: repeated word for word, under the same key, until its outcome is known."""

    order: InvitationOrder
    invitations: tuple[SurveyInvitation, ...]
    tokens: Mapping[str, str] = field(repr=False)
    key: str = field(default_factory=lambda: secrets.token_hex(16))


class Invitations:
    """Invites for the waves that are to be invited for. ``link_base``: our address as citizens reach it."""

    def __init__(self, sessions: SessionFactory, portal: SurveyDesk, link_base: str) -> None:
        self._sessions, self._portal = sessions, portal
        self._base = link_base.rstrip("/") + PATH
        self._unsure: dict[int, _Call] = {}

    def go_on(self, now: datetime) -> int:
        """Closes what is over and invites further; how many records were told. A portal that is away is tried at the next
        time."""
        close_what_is_over(self._sessions, now)
        with self._sessions() as session:
            waves = session.scalars(select(SurveyWave).where(SurveyWave.state == "inviting").order_by(SurveyWave.id)).all()
        self._unsure = {wave.id: self._unsure[wave.id] for wave in waves if wave.id in self._unsure}
        told = 0
        for wave in waves:
            try:
                told += self._invite_for(wave)
            except PortalError as error:
                logger.warning("survey.not_invited", extra={"wave": wave.id, "error": type(error).__name__})
                break
            with writing(self._sessions) as session:
                invited_everybody(session, wave.id)
        return told

    def _invite_for(self, wave: SurveyWave) -> int:
        told = 0
        for _ in range(CALLS_AT_ONCE):
            call = self._unsure.get(wave.id) or self._new_call(wave)
            if call is None:
                break
            told += self._make(wave.id, call)
        return told

    def _new_call(self, wave: SurveyWave) -> _Call | None:
        """Records of one group in no order, a like part of what the group still has; their links are in the ledger afterwards."""
        waiting = select(SurveySampled.stratum, SurveySampled.record_id).where(
            SurveySampled.wave_id == wave.id, SurveySampled.state == "waiting"
        )
        with self._sessions() as session:
            rows = session.execute(waiting).all()
        if not rows:
            return None
        group = min(row.stratum for row in rows)
        records = [row.record_id for row in rows if row.stratum == group]
        _SHUFFLE.shuffle(records)
        calls = -(-len(records) // MAX_INVITATIONS)
        tokens = {record: new_token() for record in records[: -(-len(records) // calls)]}
        links = [{"token_sha256": one, "wave_id": wave.id, "stratum": group} for one in sorted(map(digest, tokens.values()))]
        with writing(self._sessions) as session:
            session.execute(insert(SurveyLink), links)
        order = InvitationOrder(str(wave.id), wave.spared_months, wave.closes_on)
        return _Call(order, tuple(SurveyInvitation(one, f"{self._base}/{token}") for one, token in tokens.items()), tokens)

    def _make(self, wave_id: int, call: _Call) -> int:
        repeated = wave_id in self._unsure
        try:
            results = self._portal.invite_to_survey(call.order, call.invitations, call.key)
        except PortalError as error:
            if isinstance(error, _NOTHING_SENT) or (isinstance(error, CircuitOpen) and not repeated):
                self._unsure.pop(wave_id, None)
                self._withdraw(call.tokens.values())
            else:
                self._unsure[wave_id] = call
            raise
        self._unsure.pop(wave_id, None)
        self._note(wave_id, call, results)
        return len(results)

    def _note(self, wave_id: int, call: _Call, results: Iterable[InvitationResult]) -> None:
        told = list(results)
        with writing(self._sessions) as session:
            for one in told:
                state = "refused" if one.outcome == "refused" else "accepted"
                mine = update(SurveySampled).where(SurveySampled.wave_id == wave_id, SurveySampled.record_id == one.record_id)
                session.execute(mine.values(state=state, reason=one.reason))
        self._withdraw(call.tokens[one.record_id] for one in told if one.outcome != "accepted")

    def _withdraw(self, tokens: Iterable[str]) -> None:
        """Deletes links that went to nobody."""
        unsent = [digest(token) for token in tokens]
        with writing(self._sessions) as session:
            session.execute(delete(SurveyLink).where(SurveyLink.token_sha256.in_(unsent)))


def close_what_is_over(sessions: SessionFactory, now: datetime) -> int:
    """Ends the waves whose last day is over; how many."""
    with writing(sessions) as session:
        over = overdue_waves(session, now)
        for wave_id in over:
            close_wave(session, wave_id, now)
    return len(over)


def anybody_to_invite(session: Session) -> bool:
    """Whether invitations of some wave are to go."""
    return session.scalar(select(SurveyWave.id).where(SurveyWave.state == "inviting").limit(1)) is not None
