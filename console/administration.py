"""What the pages of switches, rights, teams, kept replies and the catalogue share: the catalogue in force, who looks after which
team, seals."""

from bot.accounts.permissions import Permission
from bot.accounts.view import AccountView
from bot.catalogue.importing.store import Pointer, live_pointer
from bot.catalogue.listing import ProcedureListing
from bot.catalogue.live import UNREADABLE, LiveCatalogue, read_combined
from bot.catalogue.publishing.content import ReviewedNow
from bot.catalogue.publishing.releases import ContentState
from bot.officers.teams import Team
from bot.rights.deletions import seal_holds
from bot.storage.database import SessionFactory
from bot.storage.rights_models import DeletionRecord
from console.office import Office


class Administration:
    """``keys``: the ledger's keys, comma separated, with which proofs of deletion were sealed."""

    def __init__(self, reviewed: ReviewedNow, office: Office, sessions: SessionFactory, keys: str) -> None:
        self._reviewed, self._office, self._sessions, self._keys = reviewed, office, sessions, keys
        self._live: tuple[tuple[Pointer, ContentState], LiveCatalogue] | None = None

    def catalogue(self) -> LiveCatalogue:
        """The catalogue in force, read again after each switch of version or release. Where an imported version cannot be read,
        the reviewed part alone."""
        with self._sessions() as session:
            pointer = live_pointer(session)
        content = self._reviewed.content()
        if self._live is None or self._live[0] != (pointer, content.state):
            try:
                live = read_combined(content.catalogue, self._sessions)
            except UNREADABLE:
                live = LiveCatalogue(content.catalogue, pointer)
            self._live = ((pointer, content.state), live)
        return self._live[1]

    def listings(self) -> tuple[ProcedureListing, ...]:
        """The list of all procedures in force, reviewed ones first."""
        return self.catalogue().catalogue.listings

    def seal_holds(self, record: DeletionRecord) -> bool:
        """Whether a finished proof of deletion is as it was sealed."""
        return seal_holds(record, self._keys)

    def kept_teams(self, account: AccountView) -> list[Team]:
        """The teams that the account looks after: whoever manages accounts, or works for all agencies, all of them; others those
        that answer for one of their agencies."""
        return [team for team in self._office.teams.all if keeps_all(account) or team.agencies & account.scope.agencies]


def keeps_all(account: AccountView) -> bool:
    """Whether the account looks after all teams."""
    return account.scope.everything or account.may(Permission.ACCOUNTS_MANAGE)
