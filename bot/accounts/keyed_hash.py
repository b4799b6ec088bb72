"""Names and addresses as the ledger may keep them: comparable, and unreadable without the key."""

import hashlib
import hmac
import secrets


class KeyedHash:
    """HMAC-SHA256 under a key drawn from the ledger's first key. After a rotation the same text has another hash."""

    def __init__(self, ledger_key: str) -> None:
        first = ledger_key.split(",")[0].strip().encode()
        self._key = hmac.new(first, b"motcua console hashes", hashlib.sha256).digest()

    def __call__(self, text: str) -> str:
        """64 hexadecimal digits."""
        return hmac.new(self._key, text.encode(), hashlib.sha256).hexdigest()


def new_token() -> str:
    """A secret of 256 bits for a cookie or a link."""
    return secrets.token_urlsafe(32)


def token_hash(token: str) -> str:
    """A token as it may lie in the ledger: it is random, so no key and no slow hash is needed."""
    return hashlib.sha256(token.encode()).hexdigest()
