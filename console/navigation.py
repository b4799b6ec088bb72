"""The pages in the menu, each with the permission that shows it. A page is added here and nowhere else."""

from dataclasses import dataclass

from bot.accounts.permissions import Permission
from bot.accounts.view import AccountView


@dataclass(frozen=True)
class MenuItem:
    """One entry of the menu. ``text``: the key of its words; ``explained``: of the line that the first page shows below it."""

    path: str
    text: str
    explained: str
    permission: Permission


MENU = (
    MenuItem("/inbox", "menu_inbox", "menu_inbox_explained", Permission.CONVERSATIONS_READ),
    MenuItem("/transcripts", "menu_transcripts", "menu_transcripts_explained", Permission.TRANSCRIPTS_SEARCH),
    MenuItem("/approvals", "menu_approvals", "menu_approvals_explained", Permission.ANSWERS_APPROVE),
    MenuItem("/training", "menu_training", "menu_training_explained", Permission.MODELS_TRAIN),
    MenuItem("/promotions", "menu_promotions", "menu_promotions_explained", Permission.MODELS_PROMOTE),
    MenuItem("/switches", "menu_switches", "menu_switches_explained", Permission.SWITCHES_MANAGE),
    MenuItem("/outages", "menu_outages", "menu_outages_explained", Permission.SWITCHES_MANAGE),
    MenuItem("/rights", "menu_rights", "menu_rights_explained", Permission.RIGHTS_READ),
    MenuItem("/teams", "menu_teams", "menu_teams_explained", Permission.TEAMS_MANAGE),
    MenuItem("/canned-replies", "menu_canned_replies", "menu_canned_replies_explained", Permission.CANNED_REPLIES_MANAGE),
    MenuItem("/accounts", "menu_accounts", "menu_accounts_explained", Permission.ACCOUNTS_MANAGE),
    MenuItem("/audit", "menu_audit", "menu_audit_explained", Permission.AUDIT_READ),
)


def menu_for(account: AccountView) -> tuple[MenuItem, ...]:
    """The entries that this account may open."""
    return tuple(item for item in MENU if account.may(item.permission))
