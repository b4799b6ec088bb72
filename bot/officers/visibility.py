"""Which conversations an account may see, and whose private numbers it may read: the one rule of the inbox, of the conversation's
page, of the search over transcripts, of their files and of the replies that wait for a second person."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, exists, false, or_, select, true
from sqlalchemy.orm import Session, aliased

from bot.accounts.permissions import Permission
from bot.accounts.reveal import MayOpen
from bot.accounts.view import AccountView
from bot.conversations.clock import Clock
from bot.officers.teams import Teams
from bot.storage.models import Conversation, Handoff
from bot.storage.officer_models import TeamMember


@dataclass(frozen=True)
class Sight:
    """What an account sees. ``account``: its login name; ``member_of``: the teams in which it is a member; ``teams``: those whose
    conversations it sees, None for every conversation, also those that no team ever had."""

    account: str
    member_of: frozenset[str] = frozenset()
    teams: frozenset[str] | None = frozenset()

    def condition(self) -> ColumnElement[bool]:
        """What is seen, as a WHERE clause over ``Conversation``. The newest handoff counts: what was passed on is the new team's.
        Who owns a conversation sees it, and who finished it goes on seeing it until somebody else is asked."""
        if self.teams is None:
            return true()
        later = aliased(Handoff)
        newest = ~exists().where(later.conversation_id == Handoff.conversation_id, later.id > Handoff.id)
        own_work = and_(Handoff.taken_by == self.account, Handoff.state != "waiting")
        theirs = select(Handoff.conversation_id).where(or_(self._with_a_team(), own_work), newest)
        return or_(Conversation.id.in_(theirs), Conversation.owner_account == self.account)

    def sees_open(self, team: str | None, owner: str | None) -> bool:
        """The same for a conversation with an open handoff, which is its newest: with this team, owned by this account."""
        return self.teams is None or team in self.teams or owner == self.account

    def _with_a_team(self) -> ColumnElement[bool]:
        return Handoff.team.in_(sorted(self.teams)) if self.teams else false()

    def allows_team(self, team: str) -> bool:
        """Whether this team's work is seen."""
        return self.teams is None or team in self.teams

    def work_for(self, teams: Teams) -> frozenset[str]:
        """The teams of the account's own lists: who is a member of none works for all that they see."""
        return self.member_of or (frozenset(teams.by_id) if self.teams is None else self.teams)


def own_teams(session: Session, login: str) -> frozenset[str]:
    """The teams in which the account is a member."""
    return frozenset(session.scalars(select(TeamMember.team).where(TeamMember.account == login)))


def sight_of(session: Session, account: AccountView, teams: Teams, *, masked: bool = False) -> Sight:
    """What the account sees. Who works for all agencies sees all. Others see their own teams and those that answer for one of
    their agencies; the teams of single wards, which share an agency, only as a member or as a supervisor of that agency.

    ``masked``: for reading where every private number is masked: there, who labels messages (trainers) sees all."""
    return sight_from(account, own_teams(session, account.login), teams, masked=masked)


def sight_from(account: AccountView, member_of: frozenset[str], teams: Teams, *, masked: bool = False) -> Sight:
    """The same where the teams of which the account is a member are known."""
    if account.scope.everything or (masked and account.may(Permission.MESSAGES_LABEL)):
        return Sight(account.login, member_of, None)
    supervises = account.may(Permission.CONVERSATIONS_SUPERVISE)
    of_agencies = {team.id for team in teams.all if team.agencies & account.scope.agencies and (supervises or not team.places)}
    return Sight(account.login, member_of, member_of | of_agencies)


def may_see(session: Session, sight: Sight, conversation_id: str) -> bool:
    """Whether this conversation is there and may be seen."""
    found = select(Conversation.id).where(Conversation.id == conversation_id, sight.condition())
    return session.execute(found).first() is not None


def owning_officer(clock: Clock) -> MayOpen:
    """The rule for private numbers in clear: the officer who owns the conversation now, and nobody else."""

    def owns(session: Session, account: AccountView, conversation_id: str) -> bool:
        mine = exists().where(
            Conversation.id == conversation_id,
            Conversation.speaker == "officer",
            Conversation.owner_account == account.login,
            or_(Conversation.owner_until.is_(None), Conversation.owner_until > clock()),
        )
        return bool(session.scalar(select(mine)))

    return owns
