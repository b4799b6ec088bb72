"""What is around the product on this machine and beyond: disks, Redis, the public address, clocks, ports that must be private."""

import shutil
import socket
import ssl
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from bot.conversations.clock import utc_now
from bot.settings import Settings
from motcua.checkup.finding import Finding, Level
from motcua.checkup.ledger import clocks
from motcua.checkup.phrases import Phrase

_SECONDS = 5.0
_GIGABYTE = 1024**3
_LOOPBACK = frozenset({"0100007F", "00000000000000000000000001000000", "0000000000000000FFFF00000100007F"})
_LISTENING = "0A"
_TLS_WARNS, _TLS_FAULT = timedelta(days=21), timedelta(days=7)
_PRIVATE = {
    "engine_port": "Rasa",
    "engine_b_port": Phrase("port_slot_b"),
    "model_server_port": Phrase("port_models"),
    "actions_port": Phrase("port_actions"),
}


def check_disks(settings: Settings) -> list[Finding]:
    """Room where databases, models and backups lie."""
    folders = {"VAR_DIR": settings.var_dir, "MODELS_DIR": settings.models_dir, "BACKUP_DIR": settings.backup_dir}
    findings = []
    for name, folder in folders.items():
        if folder is not None and folder.is_dir():
            usage = shutil.disk_usage(folder)
            findings.append(room(name, usage.free, usage.total))
    return findings


def room(name: str, free: int, total: int) -> Finding:
    """What the free room of a disk means. Pure."""
    seen = Phrase("disk_free", name=name, free=f"{free / _GIGABYTE:.1f}", share=free * 100 // max(total, 1))
    if free < _GIGABYTE / 2:
        return Finding(Phrase("disk"), "error", seen, Phrase("disk_more"), Phrase("disk_means"))
    if free < 2 * _GIGABYTE or free < total * 0.05:
        return Finding(Phrase("disk"), "warning", seen, Phrase("disk_clear"))
    return Finding(Phrase("disk"), "ok", seen)


def check_redis(settings: Settings) -> list[Finding]:
    """Rasa's locks, where they are in Redis."""
    if not settings.redis_url:
        return []
    address = urlsplit(settings.redis_url)
    try:
        with socket.create_connection((address.hostname or "127.0.0.1", address.port or 6379), timeout=_SECONDS) as link:
            if address.scheme == "rediss":
                return [Finding("Redis", "ok", Phrase("redis_tls"))]
            link.settimeout(_SECONDS)
            link.sendall(b"PING\r\n")
            said = link.recv(64)
    except OSError as error:
        meaning = Phrase("redis_means")
        return [Finding("Redis", "error", Phrase("redis_away", error=type(error).__name__), Phrase("redis_start"), meaning)]
    # Without a password it may refuse the PING: that it speaks is enough here.
    return [Finding("Redis", "ok", Phrase("answers") if said.startswith((b"+PONG", b"-NOAUTH")) else Phrase("redis_takes"))]


def check_portal(settings: Settings) -> list[Finding]:
    """Whether the portal's address answers at all."""
    address = settings.portal_url if settings.portal_adapter == "http" else settings.portal_lgsp_url
    try:
        httpx.get(address, timeout=_SECONDS, trust_env=False)
    except httpx.HTTPError as error:
        meaning = Phrase("portal_means")
        return [
            Finding(
                Phrase("portal"), "warning", Phrase("portal_away", error=type(error).__name__), Phrase("portal_page"), meaning
            )
        ]
    return [Finding(Phrase("portal"), "ok", Phrase("answers"))]


def check_public_address(settings: Settings) -> list[Finding]:
    """Whether the world reaches us, and how long the certificate lasts."""
    if not settings.public_url:
        if settings.enabled_channels and not settings.platform_simulators:
            remedy = Phrase("public_set")
            return [Finding(Phrase("public"), "warning", Phrase("public_none"), remedy, Phrase("public_none_means"))]
        return []
    findings = [reached(settings.public_url), *_certificate(settings.public_url)]
    if settings.platform_simulators and settings.enabled_channels:
        meaning = Phrase("stand_ins_mean")
        findings.append(Finding(Phrase("stand_ins"), "error", Phrase("stand_ins_on"), Phrase("stand_ins_off"), meaning))
    return findings


def reached(address: str) -> Finding:
    """Whether the gateway answers behind its public address."""
    try:
        status = httpx.get(f"{address.rstrip('/')}/health", timeout=_SECONDS, trust_env=False).status_code
    except httpx.HTTPError as error:
        return Finding(
            Phrase("public"),
            "error",
            Phrase("not_reached", error=type(error).__name__),
            Phrase("public_look"),
            Phrase("public_means"),
        )
    if status in (200, 503):
        return Finding(Phrase("public"), "ok", Phrase("gateway_answers"))
    return Finding(Phrase("public"), "warning", Phrase("gateway_status", status=status), Phrase("gateway_proxy"))


def _certificate(address: str) -> list[Finding]:
    parts = urlsplit(address)
    if parts.scheme != "https" or not parts.hostname:
        return []
    try:
        with (
            socket.create_connection((parts.hostname, parts.port or 443), timeout=_SECONDS) as link,
            ssl.create_default_context().wrap_socket(link, server_hostname=parts.hostname) as secured,
        ):
            shown = secured.getpeercert() or {}
    except ssl.SSLCertVerificationError as error:
        return [
            Finding(
                Phrase("certificate"), "error", error.verify_message, Phrase("certificate_again"), Phrase("certificate_means")
            )
        ]
    except OSError:
        return []
    ends = datetime.fromtimestamp(ssl.cert_time_to_seconds(str(shown["notAfter"])), UTC)
    return [certificate_left(ends - utc_now())]


def certificate_left(left: timedelta) -> Finding:
    """What a certificate's rest of life means. Pure."""
    level: Level = "error" if left < _TLS_FAULT else "warning" if left < _TLS_WARNS else "ok"
    remedy = "" if level == "ok" else Phrase("certificate_renew")
    return Finding(Phrase("certificate"), level, Phrase("days_left", days=left.days), remedy)


def check_platform_clock(settings: Settings) -> list[Finding]:
    """Our clock beside the platforms': signatures and windows hang on it. One that is not reached is no fault of the clock."""
    if settings.platform_simulators:
        return []
    addresses = {"zalo": settings.zalo_api_url, "facebook": settings.facebook_graph_url, "telegram": settings.telegram_api_url}
    findings = []
    for channel in settings.enabled_channels:
        try:
            answer = httpx.head(addresses[channel], timeout=_SECONDS, trust_env=False)
            told = parsedate_to_datetime(answer.headers["Date"])
        except (httpx.HTTPError, KeyError, ValueError) as error:
            seen = Phrase("not_reached", error=type(error).__name__)
            findings.append(Finding(Phrase("platform", channel=channel), "warning", seen, Phrase("platform_look")))
            continue
        # The header has whole seconds.
        findings += clocks(
            Phrase("clock_platform", channel=channel), max(timedelta(0), abs(told - utc_now()) - timedelta(seconds=1))
        )
    return findings


def check_private_ports(settings: Settings) -> list[Finding]:
    """Ports that only this machine (or a private network of containers) may reach."""
    open_to_others = listening_publicly(Path("/proc/net"))
    findings = []
    for setting, title in _PRIVATE.items():
        port = getattr(settings, setting)
        if port in open_to_others:
            chosen = settings.actions_host if setting == "actions_port" else settings.model_server_host
            level: Level = "warning" if setting in ("actions_port", "model_server_port") and chosen != "127.0.0.1" else "error"
            remedy = Phrase("port_close")
            meaning = Phrase("port_means")
            findings.append(Finding(Phrase("port"), level, Phrase("port_open", title=title, port=port), remedy, meaning))
    return findings or [Finding(Phrase("port"), "ok", Phrase("port_well"))]


def listening_publicly(folder: Path) -> set[int]:
    """The TCP ports on which something listens beyond the loopback address (Linux; empty elsewhere)."""
    found: set[int] = set()
    for name in ("tcp", "tcp6"):
        try:
            lines = (folder / name).read_text(encoding="ascii").splitlines()[1:]
        except OSError:
            continue
        found.update(_public_ports(line.split() for line in lines))
    return found


def _public_ports(rows: Iterable[list[str]]) -> Iterable[int]:
    for row in rows:
        address, _, port = row[1].partition(":")
        # The loopback network is 127.0.0.0/8; /proc writes the bytes of an IPv4 address backwards.
        if row[3] == _LISTENING and address not in _LOOPBACK and not (len(address) == 8 and address.endswith("7F")):
            yield int(port, 16)
