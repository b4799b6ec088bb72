"""Network addresses as the ledger may know them: keyed hashes, by which look-ups from one address are counted."""

import hashlib
import hmac
from ipaddress import IPv6Address, IPv6Network, ip_address

_SUBSCRIBER_BITS = 64
"""An IPv6 subscriber holds a whole network of this prefix, and could take another address of it for every look-up."""


class AddressHashes:
    """Keyed hashes of addresses. ``secret`` is the web chat's; the key made of it is used for nothing else."""

    def __init__(self, secret: str) -> None:
        self._key = hmac.new(secret.encode(), b"motcua network address", hashlib.sha256).digest()

    def of(self, address: str) -> str:
        """32 hexadecimal digits; the same for all addresses of one IPv6 subscriber. What is no address is hashed as it is."""
        return hmac.new(self._key, _subscriber(address).encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()[:32]


def _subscriber(address: str) -> str:
    try:
        parsed = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if not isinstance(parsed, IPv6Address):
        return str(parsed)
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(IPv6Network((parsed, _SUBSCRIBER_BITS), strict=False))
