"""Encryption of private values and raw messages at rest."""

from cryptography.fernet import Fernet, MultiFernet


class LedgerKeyError(ValueError):
    """LEDGER_KEY is missing or is not a Fernet key."""


def ledger_cipher(keys: str) -> MultiFernet:
    """The cipher for one or several keys, comma separated: the first encrypts, all of them decrypt (key rotation).

    Raises ``LedgerKeyError``, which names the setting and never shows the key.
    """
    try:
        ciphers = [Fernet(key.strip()) for key in keys.split(",") if key.strip()]
    except ValueError:
        ciphers = []
    if not ciphers:
        raise LedgerKeyError("LEDGER_KEY must be one or more Fernet keys (32 bytes, url-safe base64), comma separated")
    return MultiFernet(ciphers)
