"""Which conversations an account may see, and whose private numbers it may read: by its teams, its agencies and its role."""

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session

from bot.accounts.permissions import Permission
from bot.accounts.reveal import MayOpen
from bot.accounts.view import AccountView
from bot.conversations.clock import Clock
from bot.officers.teams import Teams
from bot.storage.models import Conversation, Handoff
from bot.storage.officer_models import TeamMember


def own_teams(session: Session, login: str) -> frozenset[str]:
    """The teams in which the account is a member."""
    return frozenset(session.scalars(select(TeamMember.team).where(TeamMember.account == login)))


def visible_teams(account: AccountView, members_of: frozenset[str], teams: Teams) -> frozenset[str] | None:
    """The teams whose conversations the account may see; None for every team. Who works for all agencies sees all. Others see
    their own teams and those that answer for one of their agencies; the teams of single wards, which share an agency, only as a
    member or as a supervisor of that agency."""
    if account.scope.everything:
        return None
    supervises = account.may(Permission.CONVERSATIONS_SUPERVISE)
    of_agencies = {team.id for team in teams.all if team.agencies & account.scope.agencies and (supervises or not team.places)}
    return members_of | of_agencies


def may_see(session: Session, account: AccountView, conversation_id: str, teams: Teams) -> bool:
    """Whether the account may open this conversation: it owns it, or its newest handoff is with a team that the account sees."""
    conversation = session.get(Conversation, conversation_id)
    if conversation is None:
        return False
    visible = visible_teams(account, own_teams(session, account.login), teams)
    if visible is None or conversation.owner_account == account.login:
        return True
    newest = select(Handoff.team).where(Handoff.conversation_id == conversation_id).order_by(Handoff.id.desc()).limit(1)
    return session.scalar(newest) in visible


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
