"""An account as the rest of the product sees it: read once, never changed, without any secret."""

from dataclasses import dataclass

from bot.accounts.audit import Actor
from bot.accounts.permissions import Permission, Role, known_roles, permissions_of
from bot.accounts.scope import ALL_AGENCIES, AgencyScope
from bot.storage.account_models import Account


@dataclass(frozen=True)
class AccountView:
    """Who someone is and what they may do."""

    id: str
    login: str
    display_name: str
    email: str | None
    roles: tuple[Role, ...]
    scope: AgencyScope
    active: bool
    has_password: bool
    must_change_password: bool
    has_second_factor: bool
    linked_to_provider: bool

    @property
    def permissions(self) -> frozenset[Permission]:
        """Everything that the roles allow; nothing for a blocked account."""
        return permissions_of(self.roles) if self.active else frozenset()

    @property
    def actor(self) -> Actor:
        """The account in the audit log."""
        return Actor(self.id, self.login)

    def may(self, permission: Permission) -> bool:
        """Whether the account has this permission."""
        return permission in self.permissions


def account_view(row: Account) -> AccountView:
    """The view of a row of the ledger."""
    return AccountView(
        id=row.id,
        login=row.login,
        display_name=row.display_name,
        email=row.email,
        roles=known_roles(row.roles),
        scope=ALL_AGENCIES if row.all_agencies else AgencyScope.of(row.agencies),
        active=row.state == "active",
        has_password=row.password_hash is not None,
        must_change_password=row.must_change_password,
        has_second_factor=row.totp_confirmed_at is not None,
        linked_to_provider=row.oidc_subject is not None,
    )
