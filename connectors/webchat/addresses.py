"""Network addresses as the ledger may know them: keyed hashes, by which look-ups from one address are counted."""

import hashlib
import hmac

from bot.network_sources import source_of


class AddressHashes:
    """Keyed hashes of addresses. ``secret`` is the web chat's; the key made of it is used for nothing else."""

    def __init__(self, secret: str) -> None:
        self._key = hmac.new(secret.encode(), b"motcua network address", hashlib.sha256).digest()

    def of(self, address: str) -> str:
        """32 hexadecimal digits; the same for all addresses of one IPv6 subscriber. What is no address is hashed as it is."""
        return hmac.new(self._key, source_of((address, 0)).encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()[:32]
