"""A ledger with closed dossiers, and a portal that remembers what it was told."""

import pytest

from bot.portal.errors import PortalError
from bot.portal.invitations import InvitationOrder, InvitationResult, RefusalReason, SurveyInvitation
from tests.databases import database, database_url
from tests.moving_clock import MovingClock

__all__ = ["database", "database_url"]


class RememberingPortal:
    """Sends one invitation for a wave and a dossier. ``lost``: calls that are done and whose answers are lost; ``error``:
    raised."""

    def __init__(self) -> None:
        self.links: dict[tuple[str, str], str] = {}
        self.calls: list[tuple[str, ...]] = []
        self.keys: list[str] = []
        self.refused: dict[str, RefusalReason] = {}
        self.lost: list[PortalError] = []
        self.error: PortalError | None = None

    def invite_to_survey(
        self, order: InvitationOrder, invitations: "list[SurveyInvitation] | tuple[SurveyInvitation, ...]", idempotency_key: str
    ) -> tuple[InvitationResult, ...]:
        if self.error is not None:
            raise self.error
        repeated = idempotency_key in self.keys
        self.keys.append(idempotency_key)
        self.calls.append(tuple(one.record_id for one in invitations))
        results = tuple(self._one(order, one, repeated=repeated) for one in invitations)
        if self.lost:
            raise self.lost.pop()
        return results

    def _one(self, order: InvitationOrder, one: SurveyInvitation, *, repeated: bool) -> InvitationResult:
        if one.record_id in self.refused:
            return InvitationResult(one.record_id, "refused", self.refused[one.record_id])
        if (order.wave, one.record_id) in self.links and not repeated:
            return InvitationResult(one.record_id, "already_invited")
        self.links.setdefault((order.wave, one.record_id), one.link)
        return InvitationResult(one.record_id, "accepted")

    def tokens(self) -> dict[str, str]:
        return {record: link.rpartition("/")[2] for (_, record), link in self.links.items()}


@pytest.fixture
def clock() -> MovingClock:
    return MovingClock()


@pytest.fixture
def portal() -> RememberingPortal:
    return RememberingPortal()
