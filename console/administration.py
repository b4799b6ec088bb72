"""What the pages of switches, rights, teams and kept replies share: who looks after which team, seals."""

from bot.accounts.permissions import Permission
from bot.accounts.view import AccountView
from bot.officers.teams import Team
from bot.rights.deletions import seal_holds
from bot.storage.rights_models import DeletionRecord
from console.office import Office


class Administration:
    """``keys``: the ledger's keys, comma separated, with which proofs of deletion were sealed."""

    def __init__(self, office: Office, keys: str) -> None:
        self._office, self._keys = office, keys

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
