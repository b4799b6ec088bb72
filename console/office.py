"""What the pages of the officers' work share: teams, replies kept ready, names, and who the officer is."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

from sqlalchemy.orm import Session

from bot.accounts.audit import record_audit
from bot.accounts.view import AccountView
from bot.catalogue.load import Offices, load_offices
from bot.catalogue.names_in_force import ProcedureNames
from bot.clock import VIETNAM_TIME
from bot.conversations.clock import Clock
from bot.conversations.ownership import Officer
from bot.conversations.private_values import PrivateValues
from bot.eforms.virus_scan import VirusScanner
from bot.language.formats import spoken_date
from bot.language.normalise import fold
from bot.officers.canned_replies import KeptReply, shipped_replies
from bot.officers.desk import spoken_opening
from bot.officers.shifts import teams_on_duty
from bot.officers.taking import Also
from bot.officers.teams import Teams, teams_of
from bot.officers.view import ViewHandoff
from bot.officers.visibility import Sight, sight_of
from bot.settings import Settings
from bot.surveys.groups import Groups, ward_groups


@cache
def _offices(data_dir: Path) -> Offices:
    return load_offices(data_dir / "catalogue")


@dataclass(frozen=True)
class Office:
    """``file_base``: the address under which citizens fetch files. ``names``: of all procedures in force."""

    settings: Settings
    private: PrivateValues
    scanner: VirusScanner
    file_base: str
    clock: Clock
    names: ProcedureNames

    def read_data(self) -> None:
        """Reads the data folder at the start and not when the first officer waits for a page. Raises ``CatalogueError``."""
        _ = self.teams, self.names.all(), self.replies, self.places

    def ward_groups(self, city_name: str) -> Groups:
        """The groups of wards and communes that surveys are drawn from."""
        return ward_groups(_offices(self.settings.data_dir).places, city_name)

    @property
    def teams(self) -> Teams:
        """All teams."""
        return teams_of(self.settings)

    def teams_on_duty(self, session: Session) -> Teams:
        """The teams with the hours in which somebody is on duty."""
        return teams_on_duty(session, self.teams)

    @cached_property
    def replies(self) -> tuple[KeptReply, ...]:
        """The replies that ship as data."""
        return shipped_replies(self.settings.data_dir)

    @cached_property
    def places(self) -> Mapping[str, str]:
        """The names of the wards and communes by id."""
        kinds = {"phuong": "Phường", "xa": "Xã"}
        named = {place.id: f"{kinds[place.kind]} {place.name}" for place in _offices(self.settings.data_dir).places}
        return dict(sorted(named.items(), key=lambda item: fold(item[1])))

    def sight(self, session: Session, account: AccountView, *, masked: bool = False) -> Sight:
        """What the account sees; ``masked``: for reading where every private number is masked."""
        return sight_of(session, account, self.teams, masked=masked)

    def audited(self, account: AccountView, act: str, conversation_id: str, **details: object) -> Also:
        """The entry in the audit log, for the end of an act's transaction."""

        def record(session: Session) -> None:
            record_audit(session, account.actor, act, f"conversation:{conversation_id[:64]}", details, now=self.clock())

        return record

    def reply_values(self, session: Session, handoff: ViewHandoff | None, officer: Officer) -> dict[str, str | None]:
        """What the variables of a reply kept ready stand for in this conversation; None where it is not known."""
        summary = handoff.summary if handoff is not None else {}
        team = self.teams_on_duty(session).named(handoff.team if handoff is not None else None)
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
