"""What the pages of the officers' work share: teams, replies kept ready, names, and who the officer is."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from pathlib import Path

from sqlalchemy.orm import Session

from bot.accounts.audit import record_audit
from bot.accounts.view import AccountView
from bot.catalogue.listing import ProcedureListing
from bot.catalogue.load import Offices, load_offices
from bot.catalogue.publishing.content import ReviewedNow
from bot.clock import VIETNAM_TIME
from bot.conversations.clock import Clock
from bot.conversations.ownership import Officer
from bot.conversations.private_values import PrivateValues
from bot.eforms.virus_scan import VirusScanner
from bot.language.formats import spoken_date
from bot.language.normalise import fold
from bot.officers.approvals import team_of
from bot.officers.canned_replies import KeptReply, shipped_replies
from bot.officers.desk import spoken_opening
from bot.officers.taking import Also
from bot.officers.teams import Teams, load_teams
from bot.officers.view import ViewHandoff
from bot.officers.visibility import own_teams, visible_teams
from bot.storage.database import SessionFactory


@cache
def _teams(data_dir: Path) -> Teams:
    return load_teams(data_dir)


@cache
def _offices(data_dir: Path) -> Offices:
    return load_offices(data_dir / "catalogue")


@lru_cache(maxsize=4)
def _procedure_names(listings: tuple[ProcedureListing, ...]) -> dict[str, str]:
    names = {listing.code: listing.name for listing in listings}
    return dict(sorted(names.items(), key=lambda item: fold(item[1])))


@dataclass(frozen=True)
class Office:
    """``file_base``: the address under which citizens fetch files."""

    data_dir: Path
    reviewed: ReviewedNow
    private: PrivateValues
    scanner: VirusScanner
    file_base: str
    clock: Clock

    def read_data(self) -> None:
        """Reads the data folder at the start and not when the first officer waits for a page. Raises ``CatalogueError``."""
        _ = self.teams, self.procedures, self.replies, self.places

    @property
    def teams(self) -> Teams:
        """All teams, read once per process."""
        return _teams(self.data_dir)

    @property
    def procedures(self) -> Mapping[str, str]:
        """The names of the reviewed procedures in force by code, in the order of the alphabet."""
        return _procedure_names(self.reviewed.catalogue().listings)

    @cached_property
    def replies(self) -> tuple[KeptReply, ...]:
        """The replies that ship as data."""
        return shipped_replies(self.data_dir)

    @cached_property
    def places(self) -> Mapping[str, str]:
        """The names of the wards and communes by id."""
        kinds = {"phuong": "Phường", "xa": "Xã"}
        named = {place.id: f"{kinds[place.kind]} {place.name}" for place in _offices(self.data_dir).places}
        return dict(sorted(named.items(), key=lambda item: fold(item[1])))

    def sight(self, session: Session, account: AccountView) -> tuple[frozenset[str], frozenset[str] | None]:
        """The teams of the account's lists, and those that it may see at all (None: every team). Who is a member of none works
        for all that they may see."""
        mine = own_teams(session, account.login)
        visible = visible_teams(account, mine, self.teams)
        return mine or (frozenset(self.teams.by_id) if visible is None else visible), visible

    def needs_approval(self, sessions: SessionFactory, conversation_id: str) -> bool:
        """Whether a reply in this conversation waits for a second person."""
        with sessions() as session:
            return team_of(session, conversation_id, self.teams).replies_need_approval

    def audited(self, account: AccountView, act: str, conversation_id: str, **details: object) -> Also:
        """The entry in the audit log, for the end of an act's transaction."""

        def record(session: Session) -> None:
            record_audit(session, account.actor, act, f"conversation:{conversation_id[:64]}", details, now=self.clock())

        return record

    def reply_values(self, handoff: ViewHandoff | None, officer: Officer) -> dict[str, str | None]:
        """What the variables of a reply kept ready stand for in this conversation; None where it is not known."""
        summary = handoff.summary if handoff is not None else {}
        team = self.teams.named(handoff.team if handoff is not None else None)
        opens = team.hours.next_opening(self.clock())
        return {
            "ten_thu_tuc": summary.get("procedure_name"),
            "ma_thu_tuc": summary.get("procedure_code"),
            "ten_co_quan": team.name,
            "xa_phuong": summary.get("place_name"),
            "gio_mo_cua": spoken_opening(opens) if opens is not None else None,
            "so_phieu": handoff.number if handoff is not None else None,
            "ten_can_bo": officer.name,
            "hom_nay": spoken_date(self.clock().astimezone(VIETNAM_TIME).date()),
        }


def officer_of(account: AccountView) -> Officer:
    """The account as its colleagues and the citizens know it."""
    return Officer(account.login, account.display_name)
