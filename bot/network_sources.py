"""Who a request comes from, as far as limits are concerned: an address, or the network of one IPv6 subscriber.

Behind a proxy the address is what uvicorn finds in ``X-Forwarded-For``: the last one that ``FORWARDED_ALLOW_IPS`` does not trust.
"""

import ipaddress
from collections.abc import Mapping

_SUBSCRIBER_BITS = 64
"""An IPv6 subscriber holds a whole network of this prefix, and could take another address of it for every request."""
_WIDEST = {4: 8, 6: 32}
"""Prefixes of the widest networks that may be trusted: more is a slip, or the whole internet."""
UNKNOWN = "unknown"


class OpenTrustError(ValueError):
    """FORWARDED_ALLOW_IPS trusts everybody, so anyone could name any address as theirs."""


def source_of(client: tuple[str, int] | None) -> str:
    """The source of a request: one name for all addresses of a subscriber. What is no address stays as it is."""
    address = client[0] if client else UNKNOWN
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if not isinstance(parsed, ipaddress.IPv6Address):
        return str(parsed)
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.IPv6Network((parsed, _SUBSCRIBER_BITS), strict=False))


def refuse_open_trust(environment: Mapping[str, str]) -> None:
    """Raises ``OpenTrustError`` where FORWARDED_ALLOW_IPS is ``*``, names what is neither address nor network, or a network
    wider than a /8 (IPv6: /32)."""
    for told in environment.get("FORWARDED_ALLOW_IPS", "").split(","):
        if not told.strip():
            continue
        try:
            network = ipaddress.ip_network(told.strip(), strict=False)
        except ValueError as error:
            raise OpenTrustError(f"FORWARDED_ALLOW_IPS: {told.strip()!r} is no address or network of a proxy of ours") from error
        if network.prefixlen < _WIDEST[network.version]:
            raise OpenTrustError(f"FORWARDED_ALLOW_IPS: {told.strip()} is too wide: name the proxy's own address or network")
