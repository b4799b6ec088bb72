"""Citizens in the console's ledger who wait for an officer."""

from dataclasses import dataclass, field

from bot.conversations.ownership import Officer
from bot.conversations.private_values import PrivateValues
from bot.officers.taking import claim_conversation
from bot.officers.teams import load_teams
from bot.settings import PROJECT_ROOT
from bot.storage.database import writing
from bot.storage.officer_models import TeamMember
from tests.bot.officers.office import Office
from tests.console.conftest import RunningConsole


@dataclass
class Desk:
    """The console's ledger with citizens in it."""

    console: RunningConsole
    key: str
    office: Office = field(init=False)

    def __post_init__(self) -> None:
        database, clock = self.console.database, self.console.clock
        private = PrivateValues(database.sessions, self.key, clock)
        self.office = Office(database, clock, load_teams(PROJECT_ROOT / "data"), private)

    def waiting(self, text: str = "cho gặp cán bộ", **summary: object) -> str:
        """A citizen of the web chat who waits for a person; the conversation's id."""
        conversation = self.office.citizen()
        self.office.writes(conversation, text)
        self.office.turn()
        self.office.asks_for_person(conversation, **summary)
        return conversation

    def taken_by(self, conversation: str, login: str) -> None:
        """This officer has it now."""
        name = self.console.services.accounts.by_login(login).display_name
        claim_conversation(self.console.database.sessions, conversation, Officer(login, name), self.console.clock())

    def member(self, team: str, login: str) -> None:
        """The account works in this team."""
        with writing(self.console.database.sessions) as session:
            session.add(TeamMember(team=team, account=login, since=self.console.clock()))
