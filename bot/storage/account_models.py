"""The ledger's tables of the people who work with the console: accounts, sessions, recovery codes, attempts, the audit log."""

from datetime import datetime

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bot.storage.columns import ROW_ID
from bot.storage.models import Base


class Account(Base):
    """A person who signs in to the console. ``login`` is lower case. ``agencies`` holds ids of ``data/catalogue/agencies.yml``;
    it counts only where ``all_agencies`` is false. The second factor's secret is encrypted with the ledger's key."""

    __tablename__ = "account"
    __table_args__ = (
        CheckConstraint("state IN ('active', 'blocked')", name="state_known"),
        UniqueConstraint("oidc_issuer", "oidc_subject"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    login: Mapped[str] = mapped_column(String(40), unique=True)
    display_name: Mapped[str] = mapped_column(String(80))
    email: Mapped[str | None] = mapped_column(String(254), unique=True)
    password_hash: Mapped[str | None] = mapped_column(String(200))
    must_change_password: Mapped[bool] = mapped_column(default=False)
    totp_secret: Mapped[bytes | None] = mapped_column(LargeBinary)
    totp_confirmed_at: Mapped[datetime | None]
    totp_last_step: Mapped[int | None] = mapped_column(ROW_ID)
    """The last 30-second step whose code was accepted: a code that was seen once is not accepted again."""
    oidc_issuer: Mapped[str | None] = mapped_column(String(200))
    oidc_subject: Mapped[str | None] = mapped_column(String(255))
    roles: Mapped[list[str]] = mapped_column(JSON)
    all_agencies: Mapped[bool] = mapped_column(default=False)
    agencies: Mapped[list[str]] = mapped_column(JSON)
    state: Mapped[str] = mapped_column(String(10), default="active")
    setup_token_hash: Mapped[str | None] = mapped_column(String(64), unique=True)
    setup_expires_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class AccountSession(Base):
    """A signed-in browser. The cookie's token is kept as a hash only. Until ``second_factor_at`` is set, only the pages that
    finish signing in are open to it. Addresses are kept as a keyed hash."""

    __tablename__ = "account_session"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("account.id"), index=True)
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    second_factor_at: Mapped[datetime | None]
    address_hash: Mapped[str] = mapped_column(String(64))
    user_agent: Mapped[str] = mapped_column(String(80))
    revoked_at: Mapped[datetime | None]


class RecoveryCode(Base):
    """A code on paper that stands in for the second factor once."""

    __tablename__ = "recovery_code"

    id: Mapped[int] = mapped_column(ROW_ID, primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("account.id"), index=True)
    code_hash: Mapped[str] = mapped_column(String(64))
    used_at: Mapped[datetime | None]


class SignInAttempt(Base):
    """One try to sign in, written before it is judged, so that tries at the same moment count each other. Login names and
    addresses are keyed hashes: a login name may be a typed password."""

    __tablename__ = "sign_in_attempt"
    __table_args__ = (
        CheckConstraint("step IN ('password', 'second_factor')", name="step_known"),
        Index("ix_sign_in_attempt_login", "login_hash", "at"),
        Index("ix_sign_in_attempt_address", "address_hash", "at"),
    )

    id: Mapped[int] = mapped_column(ROW_ID, primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)
    step: Mapped[str] = mapped_column(String(14))
    login_hash: Mapped[str] = mapped_column(String(64))
    address_hash: Mapped[str] = mapped_column(String(64))
    succeeded: Mapped[bool] = mapped_column(default=False)


class AuditHead(Base):
    """The end of the audit log's chain: one row. Who writes an entry locks it first."""

    __tablename__ = "audit_head"

    name: Mapped[str] = mapped_column(String(10), primary_key=True)
    number: Mapped[int] = mapped_column(ROW_ID)
    hash: Mapped[str] = mapped_column(String(64))


class AuditEntry(Base):
    """One act. ``hash`` covers the entry before it and everything in this one; the database itself refuses changes.
    ``details`` is canonical JSON."""

    __tablename__ = "audit_entry"
    __table_args__ = (
        Index("ix_audit_entry_at", "at"),
        Index("ix_audit_entry_actor", "actor_login", "number"),
        Index("ix_audit_entry_act", "act", "number"),
    )

    number: Mapped[int] = mapped_column(ROW_ID, primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    actor_id: Mapped[str | None] = mapped_column(String(32))
    actor_login: Mapped[str] = mapped_column(String(40))
    act: Mapped[str] = mapped_column(String(60))
    subject: Mapped[str] = mapped_column(String(120))
    details: Mapped[str] = mapped_column(Text)
    previous_hash: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))
