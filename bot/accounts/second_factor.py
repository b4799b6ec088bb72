"""The second factor: time-based codes (RFC 6238) of an authenticator app, and recovery codes on paper."""

import hashlib
import hmac
import secrets
from datetime import datetime

import pyotp

ISSUER = "Một Cửa"
STEP_SECONDS = 30
RECOVERY_CODES = 10
# Without letters and digits that are read wrongly from paper.
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
_DRIFT_STEPS = 1


def new_totp_secret() -> str:
    """A fresh secret (base32, 160 bits)."""
    return pyotp.random_base32()


def setup_address(secret: str, login: str) -> str:
    """The ``otpauth://`` address that an authenticator app reads from a QR code."""
    return pyotp.TOTP(secret).provisioning_uri(name=login, issuer_name=ISSUER)


def accepted_step(secret: str, code: str, now: datetime, last_step: int | None) -> int | None:
    """The 30-second step whose code this is, or None where it is wrong, more than one step off, or was accepted before
    (``last_step``: the last accepted)."""
    typed = "".join(code.split())
    if len(typed) != 6 or not (typed.isascii() and typed.isdigit()):
        return None
    present = int(now.timestamp()) // STEP_SECONDS
    totp = pyotp.TOTP(secret)
    for step in range(present - _DRIFT_STEPS, present + _DRIFT_STEPS + 1):
        if hmac.compare_digest(totp.at(step * STEP_SECONDS), typed) and (last_step is None or step > last_step):
            return step
    return None


def new_recovery_codes() -> list[str]:
    """Ten fresh codes in the form ``xxxxx-xxxxx`` (49 bits each)."""
    return [f"{_letters(5)}-{_letters(5)}" for _ in range(RECOVERY_CODES)]


def recovery_code_hash(account_id: str, code: str) -> str:
    """The code as it may lie in the ledger. Long random codes need no slow hash."""
    plain = "".join(character for character in code.lower() if character.isalnum())
    return hashlib.sha256(f"{account_id}:{plain}".encode()).hexdigest()


def _letters(count: int) -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(count))
