"""The one place where names become addresses: each is checked, and the connection goes to the very address that was checked.

A name that answers with another address the second time (DNS rebinding) gains nothing, since there is no second time.
"""

import ipaddress
import socket
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import httpcore

AddressResolver = Callable[[str, int], list[str]]

_TRIED_ADDRESSES = 3
_LONGEST_STEP = 5.0
# Addresses that carry an IPv4 address inside which some router would unpack: NAT64, Teredo, 6to4.
_TRANSLATED = tuple(map(ipaddress.IPv6Network, ("64:ff9b::/96", "64:ff9b:1::/48", "2001::/32", "2002::/16")))


class NameNotFound(Exception):
    """The host's name has no address."""


class NotPublic(Exception):
    """The name leads to an address inside some network: ours, the host's own, or the cloud provider's."""


class DeadlineReached(Exception):
    """The time for the whole fetch is over."""


def system_addresses(host: str, port: int) -> list[str]:
    """The host's addresses as the system knows them, in its order. Raises ``NameNotFound``."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise NameNotFound from error
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def is_public(address: str) -> bool:
    """Whether the address is one of the open internet: not private, loopback, link-local (metadata services), shared, multicast,
    reserved or unspecified, also not as an IPv4 address wrapped into an IPv6 one."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.ipv4_mapped is not None:
            return is_public(str(ip.ipv4_mapped))
        if any(ip in network for network in _TRANSLATED):
            return False
    return ip.is_global and not (ip.is_multicast or ip.is_reserved or ip.is_unspecified)


@dataclass(frozen=True)
class PinnedBackend(httpcore.NetworkBackend):
    """httpcore's network, with names resolved and checked here. ``seconds_left`` limits every single step, so that a host that
    sends a byte now and then cannot hold us."""

    addresses_of: AddressResolver
    local: frozenset[str]
    seconds_left: Callable[[], float]
    network: httpcore.NetworkBackend = field(default_factory=httpcore.SyncBackend)

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ARG002 (interface; our deadline counts)
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """A connection to a checked address of the host; one that is not public spoils all of them.

        Raises ``NotPublic``, ``NameNotFound``, ``DeadlineReached`` and httpcore's errors."""
        addresses = self.addresses_of(host, port)
        if f"{host}:{port}" not in self.local and not all(map(is_public, addresses)):
            raise NotPublic
        if not addresses:
            raise NameNotFound
        *first, last = addresses[:_TRIED_ADDRESSES]
        for address in first:
            with suppress(httpcore.ConnectError, httpcore.ConnectTimeout):
                return self._connected(address, port, local_address, socket_options)
        return self._connected(last, port, local_address, socket_options)

    def _connected(self, address: str, port: int, *more: Any) -> httpcore.NetworkStream:
        stream = self.network.connect_tcp(address, port, _step(self.seconds_left), *more)
        return _TimedStream(stream, self.seconds_left)


def _step(seconds_left: Callable[[], float]) -> float:
    left = seconds_left()
    if left <= 0:
        raise DeadlineReached
    return min(left, _LONGEST_STEP)


@dataclass(frozen=True)
class _TimedStream(httpcore.NetworkStream):
    stream: httpcore.NetworkStream
    seconds_left: Callable[[], float]

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002
        return self.stream.read(max_bytes, _step(self.seconds_left))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002
        self.stream.write(buffer, _step(self.seconds_left))

    def close(self) -> None:
        self.stream.close()

    def start_tls(
        self,
        ssl_context: Any,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ARG002
    ) -> httpcore.NetworkStream:
        secured = self.stream.start_tls(ssl_context, server_hostname, _step(self.seconds_left))
        return _TimedStream(secured, self.seconds_left)

    def get_extra_info(self, info: str) -> Any:
        return self.stream.get_extra_info(info)
