"""Who works in which team."""

from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from bot.storage.officer_models import OfficerShift, TeamMember


def members_by_team(session: Session) -> dict[str, list[TeamMember]]:
    """The members of every team that has any, by login name."""
    found: dict[str, list[TeamMember]] = {}
    for row in session.scalars(select(TeamMember).order_by(TeamMember.account)):
        found.setdefault(row.team, []).append(row)
    return found


def join_team(session: Session, team: str, account: str, now: datetime, *, supervisor: bool = False) -> None:
    """Makes the account (its login name) a member, or changes what the member is there. The caller knows that both exist."""
    role = "supervisor" if supervisor else "officer"
    row = session.get(TeamMember, (team, account))
    if row is None:
        session.add(TeamMember(team=team, account=account, role=role, since=now))
    else:
        row.role = role


def leave_team(session: Session, team: str, account: str) -> bool:
    """Takes the account out of the team, with its shifts there; False where it was not in it."""
    session.execute(delete(OfficerShift).where(OfficerShift.team == team, OfficerShift.account == account))
    gone = delete(TeamMember).where(TeamMember.team == team, TeamMember.account == account).returning(TeamMember.account)
    return session.execute(gone).first() is not None
