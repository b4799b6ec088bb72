"""The pages in the menu, each with the permission that shows it. A page is added here and nowhere else."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from bot.accounts.permissions import Permission
from bot.accounts.view import AccountView

Section = Literal["office", "training", "reports", "administration"]
SECTIONS: tuple[Section, ...] = get_args(Section)


@dataclass(frozen=True)
class MenuItem:
    """One entry of the menu. ``text``: the key of its words; ``explained``: of the line that the first page shows below it;
    ``section``: the group in which it stands (its words: ``menu_section_…``)."""

    path: str
    text: str
    explained: str
    permission: Permission
    section: Section


MENU = (
    MenuItem("/inbox", "menu_inbox", "menu_inbox_explained", Permission.CONVERSATIONS_READ, "office"),
    MenuItem("/transcripts", "menu_transcripts", "menu_transcripts_explained", Permission.TRANSCRIPTS_SEARCH, "office"),
    MenuItem("/approvals", "menu_approvals", "menu_approvals_explained", Permission.ANSWERS_APPROVE, "office"),
    MenuItem("/practice", "menu_practice", "menu_practice_explained", Permission.PRACTICE, "office"),
    MenuItem("/labelling", "menu_labelling", "menu_labelling_explained", Permission.MESSAGES_LABEL, "training"),
    MenuItem("/training-data", "menu_training_data", "menu_training_data_explained", Permission.TRAINING_DATA_EDIT, "training"),
    MenuItem("/proposals", "menu_proposals", "menu_proposals_explained", Permission.CATALOGUE_APPROVE, "training"),
    MenuItem("/catalogue", "menu_catalogue", "menu_catalogue_explained", Permission.CATALOGUE_EDIT, "training"),
    MenuItem(
        "/catalogue-approvals",
        "menu_catalogue_approvals",
        "menu_catalogue_approvals_explained",
        Permission.CATALOGUE_APPROVE,
        "training",
    ),
    MenuItem("/training", "menu_training", "menu_training_explained", Permission.MODELS_TRAIN, "training"),
    MenuItem("/promotions", "menu_promotions", "menu_promotions_explained", Permission.MODELS_PROMOTE, "training"),
    MenuItem(
        "/service-reviews",
        "menu_service_reviews",
        "menu_service_reviews_explained",
        Permission.REPORTS_READ,
        "reports",
    ),
    MenuItem("/usage", "menu_usage", "menu_usage_explained", Permission.REPORTS_READ, "reports"),
    MenuItem("/levels", "menu_levels", "menu_levels_explained", Permission.REPORTS_READ, "reports"),
    MenuItem("/cards", "menu_cards", "menu_cards_explained", Permission.REPORTS_READ, "reports"),
    MenuItem("/reports", "menu_reports", "menu_reports_explained", Permission.REPORTS_READ, "reports"),
    MenuItem("/guides", "menu_guides", "menu_guides_explained", Permission.REPORTS_READ, "reports"),
    MenuItem("/campaigns", "menu_campaigns", "menu_campaigns_explained", Permission.REPORTS_READ, "reports"),
    MenuItem("/surveys", "menu_surveys", "menu_surveys_explained", Permission.REPORTS_READ, "reports"),
    MenuItem("/ratings", "menu_ratings", "menu_ratings_explained", Permission.REPORTS_READ, "reports"),
    MenuItem("/sync", "menu_sync", "menu_sync_explained", Permission.REPORTS_READ, "reports"),
    MenuItem("/sla", "menu_sla", "menu_sla_explained", Permission.REPORTS_READ, "reports"),
    MenuItem("/operations", "menu_operations", "menu_operations_explained", Permission.OPERATIONS_READ, "administration"),
    MenuItem("/switches", "menu_switches", "menu_switches_explained", Permission.SWITCHES_MANAGE, "administration"),
    MenuItem("/outages", "menu_outages", "menu_outages_explained", Permission.SWITCHES_MANAGE, "administration"),
    MenuItem("/rights", "menu_rights", "menu_rights_explained", Permission.RIGHTS_READ, "administration"),
    MenuItem("/teams", "menu_teams", "menu_teams_explained", Permission.TEAMS_MANAGE, "administration"),
    MenuItem(
        "/canned-replies",
        "menu_canned_replies",
        "menu_canned_replies_explained",
        Permission.CANNED_REPLIES_MANAGE,
        "administration",
    ),
    MenuItem("/accounts", "menu_accounts", "menu_accounts_explained", Permission.ACCOUNTS_MANAGE, "administration"),
    MenuItem("/audit", "menu_audit", "menu_audit_explained", Permission.AUDIT_READ, "administration"),
)


def menu_for(account: AccountView) -> tuple[MenuItem, ...]:
    """The entries that this account may open."""
    return tuple(item for item in MENU if account.may(item.permission))


def in_sections(items: Sequence[MenuItem]) -> tuple[tuple[Section, tuple[MenuItem, ...]], ...]:
    """The entries by section, in the order of the sections, without empty ones."""
    grouped = ((section, tuple(item for item in items if item.section == section)) for section in SECTIONS)
    return tuple((section, found) for section, found in grouped if found)
