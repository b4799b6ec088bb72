"""Namespaces of Linux in place of containers: each service has its own network, mounts, hosts file and user. Needs root.

What a container engine would do beside, and this does not: images, limits of memory and processors, names of the system.
"""

import ctypes
import os
import shlex
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network
from pathlib import Path

from deploy.check.compose_file import Composition, Service

PROJECT = Path(__file__).resolve().parents[2]
STRANGER = "stranger"
STRANGERS_NETWORKS = ("front", "outside")
"""Somebody who is no service of ours, on the networks that are not Rasa's: who stands in for the world outside."""
_CLONE_NEWNET = 0x40000000


def sh(*command: str) -> None:
    """Runs a command; raises ``CalledProcessError`` with what it said."""
    subprocess.run(command, check=True, capture_output=True, text=True)


class Networks:
    """The composition's networks as bridges in a namespace of their own; nothing of them is seen in the machine's network."""

    def __init__(self, composition: Composition, services: Sequence[Service], mark: str) -> None:
        self._mark, self._services = mark, services
        self._subnets = {name: _subnet(raw, number) for number, (name, raw) in enumerate(composition.networks.items(), start=1)}
        self.addresses: dict[str, dict[str, str]] = {}

    def namespace(self, service: str) -> str:
        """The name of the service's network namespace."""
        return f"{self._mark}-{service}"

    def make(self) -> None:
        """Makes the bridges and joins every service to those that it names."""
        hub = self.namespace("hub")
        sh("ip", "netns", "add", hub)
        for name in self._subnets:
            sh("ip", "-n", hub, "link", "add", f"br-{name}", "type", "bridge")
            sh("ip", "-n", hub, "link", "set", f"br-{name}", "up")
        members = {service.name: service.networks for service in self._services} | {STRANGER: STRANGERS_NETWORKS}
        for number, (name, networks) in enumerate(members.items(), start=2):
            own = self.namespace(name)
            sh("ip", "netns", "add", own)
            sh("ip", "-n", own, "link", "set", "lo", "up")
            self.addresses[name] = {}
            for network in networks:
                self._join(own, network, number)
                self.addresses[name][network] = str(self._subnets[network][number])

    def _join(self, own: str, network: str, number: int) -> None:
        hub, near, far = self.namespace("hub"), f"n-{network}", f"s{number}-{network}"[:15]
        subnet = self._subnets[network]
        sh("ip", "-n", hub, "link", "add", far, "type", "veth", "peer", "name", near, "netns", own)
        sh("ip", "-n", hub, "link", "set", far, "master", f"br-{network}", "up")
        sh("ip", "-n", own, "addr", "add", f"{subnet[number]}/{subnet.prefixlen}", "dev", near)
        sh("ip", "-n", own, "link", "set", near, "up")

    def hosts(self, service: str) -> str:
        """The hosts file: the service itself and those with whom it shares a network, as compose's name service answers."""
        lines = ["127.0.0.1 localhost"]
        for network, address in self.addresses[service].items():
            lines.append(f"{address} {service}")
            lines += [
                f"{all_[network]} {other}" for other, all_ in self.addresses.items() if other != service and network in all_
            ]
        return "\n".join(lines) + "\n"

    def remove(self) -> None:
        """Takes all of it away."""
        for name in [*self.addresses, "hub"]:
            subprocess.run(["ip", "netns", "delete", self.namespace(name)], check=False, capture_output=True)


def _subnet(raw: Mapping[str, object], number: int) -> IPv4Network:
    ipam = raw.get("ipam")
    if isinstance(ipam, Mapping):
        return IPv4Network(str(ipam["config"][0]["subnet"]))
    return IPv4Network(f"172.30.{number}.0/24")


@dataclass(frozen=True)
class Container:
    """How one process runs. ``mounts``: folders of this machine by the place where it sees them, writable but those that are
    ``read_only``."""

    namespace: str
    environment: Mapping[str, str]
    command: Sequence[str]
    user: int
    hosts: Path
    secrets: Mapping[str, Path]
    mounts: Mapping[str, Path]
    read_only: frozenset[str] = frozenset()

    def start(self, log: Path) -> "subprocess.Popen[bytes]":
        """The running process, in a process group of its own."""
        with log.open("ab") as out:
            return subprocess.Popen(self._line(), stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True)

    def run(self) -> "subprocess.CompletedProcess[str]":
        """Runs it to its end; what it says is kept."""
        return subprocess.run(self._line(), stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)

    def _line(self) -> list[str]:
        return ["ip", "netns", "exec", self.namespace, "unshare", "--mount", "sh", "-euc", self._script()]

    def _script(self) -> str:
        """Inside the new mounts: the project under /opt/motcua, the secrets, the folders; everything else read-only; then the
        user changes and can never gain anything."""
        python = Path(sys.base_prefix)
        lines = [
            "mount --make-rprivate /",
            "mount -t tmpfs tmpfs /mnt",
            "mkdir /mnt/code /mnt/python",
            f"mount --bind {shlex.quote(str(PROJECT))} /mnt/code",
            f"mount --bind {shlex.quote(str(python))} /mnt/python",
            *(
                f"mkdir /mnt/v{n} && mount --bind {shlex.quote(str(path))} /mnt/v{n}"
                for n, path in enumerate(self.mounts.values())
            ),
            "mkdir /mnt/secrets",
            *(f"cp {shlex.quote(str(path))} /mnt/secrets/{name}" for name, path in self.secrets.items()),
            f"cp {shlex.quote(str(self.hosts))} /mnt/hosts && mount --bind /mnt/hosts /etc/hosts",
            # The interpreter of a checkout may lie in somebody's home, which this user may not enter.
            "mount -t tmpfs -o mode=0755 tmpfs /root",
            f"mkdir -p {shlex.quote(str(python))} && mount --bind /mnt/python {shlex.quote(str(python))}",
            "mount -t tmpfs -o mode=0755 tmpfs /opt && mkdir /opt/motcua && mount --bind /mnt/code /opt/motcua",
            "mount -t tmpfs -o mode=0755 tmpfs /run && mkdir /run/secrets && mount --bind /mnt/secrets /run/secrets",
            "mount -t tmpfs -o mode=0755 tmpfs /var/lib && mkdir /var/lib/motcua",
            f"mount -t tmpfs -o mode=0750,uid={self.user},gid={self.user},size=64m tmpfs /var/lib/motcua",
            "mount -t tmpfs -o mode=1777,size=256m tmpfs /tmp",
            # What could be written to before, and is none of ours, can be no longer.
            "cut -d' ' -f2 /proc/self/mounts | sort -ru | while read -r at; do case $at in"
            " /proc*|/sys*|/dev*|/tmp|/mnt|/mnt/v*|/var/lib/motcua) ;;"
            ' *) mount -o remount,bind,ro "$at" 2>/dev/null || true ;; esac; done',
            *(f"mkdir -p {place} && mount --bind /mnt/v{n} {place}" for n, place in enumerate(self.mounts)),
            *(f"mount -o remount,bind,ro {place}" for place in self.read_only),
            "cd /opt/motcua",
            f"exec setpriv --reuid {self.user} --regid {self.user} --clear-groups --no-new-privs --bounding-set=-all "
            + "--inh-caps=-all env -i "
            + " ".join(shlex.quote(f"{name}={value}") for name, value in self.environment.items())
            + " "
            + " ".join(shlex.quote(part) for part in self.command),
        ]
        return "\n".join(lines)


def reachable(namespace: str, host: str, port: int, seconds: float = 2.0) -> bool:
    """Whether a connection from this network namespace to the address is accepted."""
    found: list[bool] = []

    def connect() -> None:
        _enter(namespace)
        with socket.socket() as probe:
            probe.settimeout(seconds)
            found.append(probe.connect_ex((host, port)) == 0)

    # A thread's namespace ends with the thread.
    thread = threading.Thread(target=connect)
    thread.start()
    thread.join()
    return found == [True]


def _enter(namespace: str) -> None:
    descriptor = os.open(f"/run/netns/{namespace}", os.O_RDONLY)
    try:
        if ctypes.CDLL(None, use_errno=True).setns(descriptor, _CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), f"cannot enter the network namespace {namespace}")
    finally:
        os.close(descriptor)
