"""Which account belongs to a person whom the provider of single sign-on has named."""

import re
import secrets
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.accounts.audit import SYSTEM, record_audit
from bot.accounts.view import AccountView, account_view
from bot.conversations.clock import Clock
from bot.storage.account_models import Account
from bot.storage.database import SessionFactory, writing


class UnknownIdentityError(Exception):
    """No active account belongs to this person."""


@dataclass(frozen=True)
class ProviderIdentity:
    """What a verified ID token says. ``email`` only where the provider has verified it."""

    issuer: str
    subject: str
    email: str | None
    name: str | None


class ProviderAccounts:
    """Finds, links and (only where an administrator has switched it on) makes accounts for identities."""

    def __init__(self, sessions: SessionFactory, clock: Clock, *, may_create: bool) -> None:
        self._sessions, self._clock, self._may_create = sessions, clock, may_create

    def account_for(self, identity: ProviderIdentity) -> AccountView:
        """The account linked to the subject; else the one with this verified e-mail address that has no link yet, linked now;
        else, where that is allowed, a new one without any role. Raises ``UnknownIdentityError``; a blocked account stays out."""
        with writing(self._sessions) as session:
            row = self._linked(session, identity) or self._link_by_email(session, identity)
            if row is None and self._may_create:
                row = self._create(session, identity)
            if row is None or row.state != "active":
                raise UnknownIdentityError
            return account_view(row)

    def _linked(self, session: Session, identity: ProviderIdentity) -> Account | None:
        return session.execute(
            select(Account).where(Account.oidc_issuer == identity.issuer, Account.oidc_subject == identity.subject)
        ).scalar_one_or_none()

    def _link_by_email(self, session: Session, identity: ProviderIdentity) -> Account | None:
        if identity.email is None:
            return None
        unlinked = select(Account).where(Account.email == identity.email.lower(), Account.oidc_subject.is_(None))
        row = session.execute(unlinked.with_for_update()).scalar_one_or_none()
        if row is None or row.state != "active":
            return None
        row.oidc_issuer, row.oidc_subject, row.updated_at = identity.issuer, identity.subject, self._clock()
        record_audit(session, SYSTEM, "account.linked", f"account:{row.id}", {"issuer": identity.issuer}, now=row.updated_at)
        return row

    def _create(self, session: Session, identity: ProviderIdentity) -> Account | None:
        now: datetime = self._clock()
        email = identity.email.lower() if identity.email else None
        if email is not None and session.execute(select(Account.id).where(Account.email == email)).first():
            return None  # someone else's address: an administrator decides
        row = Account(
            id=secrets.token_hex(16),
            login=_free_login(session, identity),
            display_name=(identity.name or identity.email or identity.subject)[:80],
            email=email,
            must_change_password=False,
            oidc_issuer=identity.issuer,
            oidc_subject=identity.subject,
            roles=[],
            all_agencies=False,
            agencies=[],
            state="active",
            created_at=now,
            updated_at=now,
        )
        session.add(row)
        session.flush()
        record_audit(session, SYSTEM, "account.added", f"account:{row.id}", {"by": "provider", "login": row.login}, now=now)
        return row


def _free_login(session: Session, identity: ProviderIdentity) -> str:
    wanted = re.sub(r"[^a-z0-9._-]", "", (identity.email or "").split("@")[0].lower()).strip("._-")[:30]
    if len(wanted) >= 3 and not session.execute(select(Account.id).where(Account.login == wanted)).first():
        return wanted
    return f"sso-{secrets.token_hex(6)}"
