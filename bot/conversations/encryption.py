"""Encryption of private values and raw messages at rest."""

from cryptography.fernet import Fernet, MultiFernet

from bot.secret_lists import listed_secrets


class LedgerKeyError(ValueError):
    """LEDGER_KEY is missing or is not a Fernet key."""


def ledger_cipher(keys: str) -> MultiFernet:
    """The cipher for one or several keys, comma separated: the first encrypts, all of them decrypt (key rotation). Raises
    ``LedgerKeyError``."""
    return MultiFernet(cipher_of_each(keys))


def cipher_of_each(keys: str) -> tuple[Fernet, ...]:
    """A cipher for each key, in their order, at least one.

    Raises ``LedgerKeyError``, which names the setting and never shows the key.
    """
    try:
        return tuple(Fernet(key) for key in listed_secrets(keys))
    except ValueError:
        raise LedgerKeyError("LEDGER_KEY must be one or more Fernet keys (32 bytes, url-safe base64), comma separated") from None
