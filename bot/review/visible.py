"""Whose conversations an account may see: those of its teams and agencies, and those that it has worked on itself."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, false, or_, select, true
from sqlalchemy.orm import Session

from bot.accounts.permissions import Permission
from bot.accounts.view import AccountView
from bot.officers.teams import Teams
from bot.storage.models import Conversation, Handoff
from bot.storage.officer_models import TeamMember


@dataclass(frozen=True)
class Visible:
    """``teams``: None for every conversation, also those that no team ever had. ``names``: what the account is called in the
    ledger."""

    names: frozenset[str]
    teams: frozenset[str] | None

    @property
    def everything(self) -> bool:
        """Whether nothing is hidden."""
        return self.teams is None

    def condition(self) -> ColumnElement[bool]:
        """The same as a WHERE clause over ``Conversation``."""
        if self.teams is None:
            return true()
        of_team = Handoff.team.in_(sorted(self.teams)) if self.teams else false()
        mine = Handoff.taken_by.in_(sorted(self.names))
        theirs = select(Handoff.conversation_id).where(or_(of_team, mine))
        return or_(Conversation.id.in_(theirs), Conversation.owner_account.in_(sorted(self.names)))

    def allows_team(self, team: str) -> bool:
        """Whether this team's work may be seen."""
        return self.teams is None or team in self.teams


def visible_to(session: Session, account: AccountView, teams: Teams) -> Visible:
    """What this account may see. The agencies of its scope open their teams; the teams of single wards, which share an agency,
    only to their members and to supervisors of that agency."""
    names = frozenset({account.id, account.login})
    if account.scope.everything:
        return Visible(names, None)
    member = set(session.scalars(select(TeamMember.team).where(TeamMember.account.in_(sorted(names)))))
    supervises = account.may(Permission.CONVERSATIONS_SUPERVISE)
    of_agencies = {team.id for team in teams.all if team.agencies & account.scope.agencies and (supervises or not team.places)}
    return Visible(names, frozenset(member | of_agencies))


def may_read(session: Session, visible: Visible, conversation_id: str) -> bool:
    """Whether this conversation is there and may be seen."""
    found = select(Conversation.id).where(Conversation.id == conversation_id, visible.condition())
    return session.execute(found).first() is not None
