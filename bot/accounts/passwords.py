"""Passwords: what is accepted, how they are kept (argon2id), how they are checked."""

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError, VerifyMismatchError

SHORTEST = 12
LONGEST = 200
_FEWEST_DIFFERENT = 5

# argon2id with 19 MiB and two passes (OWASP's first choice): a sign-in costs some tens of milliseconds and little memory.
_hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
# Checked where no account or no password is there, so that a stranger cannot tell by the time which names exist.
_NOBODY = _hasher.hash("a password that nobody has")


class WeakPasswordError(ValueError):
    """A password that is not accepted; ``reason`` is ``too_short``, ``too_long``, ``too_simple`` or ``holds_login``."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def check_strength(password: str, login: str) -> None:
    """Raises ``WeakPasswordError`` for a password of fewer than 12 or more than 200 characters, of fewer than five different
    ones, or that contains the login name."""
    if len(password) < SHORTEST:
        raise WeakPasswordError("too_short")
    if len(password) > LONGEST:
        raise WeakPasswordError("too_long")
    if len(set(password)) < _FEWEST_DIFFERENT:
        raise WeakPasswordError("too_simple")
    if login.lower() in password.lower():
        raise WeakPasswordError("holds_login")


def hash_password(password: str) -> str:
    """The password as it may lie in the ledger."""
    return _hasher.hash(password)


def password_fits(stored: str | None, password: str) -> bool:
    """Whether the password is the one kept. Takes the same time where none is kept."""
    try:
        _hasher.verify(stored or _NOBODY, password[: LONGEST + 1])
    except (VerifyMismatchError, VerificationError, InvalidHashError):
        return False
    return stored is not None


def needs_rehash(stored: str) -> bool:
    """Whether it was kept with weaker parameters than today's."""
    return _hasher.check_needs_rehash(stored)
