"""Who opens connections is known file by file, and no form of an address leads inside."""

import ast
import re
from pathlib import Path

import pytest

from bot.public_addresses import is_public
from bot.settings import PROJECT_ROOT

PAGE = PROJECT_ROOT / "docs" / "security" / "outgoing-connections.md"
ROOMS = ("bot", "actions", "connectors", "console", "engine", "motcua")
MAKES_A_CLIENT = {
    "httpx.Client", "httpx.AsyncClient", "httpx.get", "httpx.post", "httpx.put", "httpx.request", "httpx.stream",
    "requests.Session", "requests.get", "requests.post", "requests.put", "requests.request",
    "urllib.request.urlopen", "request.urlopen", "urlopen", "http.client.HTTPConnection", "http.client.HTTPSConnection",
    "httpcore.ConnectionPool", "httpcore.SyncBackend", "socket.create_connection", "socket.socket",
    "aiohttp.ClientSession", "smtplib.SMTP", "smtplib.SMTP_SSL", "asyncio.open_connection",
}  # fmt: skip
GUARDED = ("connectors/gateway/attachments/fetching.py", "bot/levels/links.py", "connectors/reporting/webhook.py")


def dotted(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else "?"


def opens_connections(path: Path) -> bool:
    """Whether the file makes a client: calls one, is a kind of one, or takes one as the default of a field."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    used = [dotted(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)]
    used += [dotted(base) for node in ast.walk(tree) if isinstance(node, ast.ClassDef) for base in node.bases]
    used += [dotted(word.value) for node in ast.walk(tree) if isinstance(node, ast.Call) for word in node.keywords]
    return bool(MAKES_A_CLIENT & set(used))


def test_every_file_that_opens_a_connection_was_looked_at() -> None:
    files = [path for room in ROOMS for path in (PROJECT_ROOT / room).rglob("*.py")]
    found = {path.relative_to(PROJECT_ROOT).as_posix() for path in files if opens_connections(path)}
    rows = [line.split("|")[1] for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| `")]
    told = {name for row in rows for name in re.findall(r"`([^`]+\.py)`", row)}
    assert found - told == set(), "look at these and add them to the page"
    assert {name for name in told - found if not (PROJECT_ROOT / name).is_file()} == set()


@pytest.mark.parametrize("name", GUARDED)
def test_addresses_from_outside_go_through_the_guard(name: str) -> None:
    text = (PROJECT_ROOT / name).read_text(encoding="utf-8")
    assert "PinnedBackend(" in text
    assert "network_backend=backend" in text
    assert not re.search(r"httpx\.(get|post|stream|request|Client)\(|requests\.", text)


INSIDE = """
127.0.0.1 127.1 2130706433 0x7f000001 0177.0.0.1 0.0.0.0 10.1.2.3 172.16.0.1 192.168.1.1 169.254.169.254 100.64.0.1 224.0.0.1
255.255.255.255 :: ::1 fe80::1 fe80::1%eth0 fc00::1 ff02::1 ::ffff:127.0.0.1 ::ffff:7f00:1 ::127.0.0.1 64:ff9b::7f00:1
2002:7f00:1:: 2001:0:7f00:1:: localhost 1.2.3 user@8.8.8.8 [::1]
"""


@pytest.mark.parametrize("address", [*INSIDE.split(), "", "8.8.8.8 "])
def test_no_form_of_an_address_leads_inside(address: str) -> None:
    assert not is_public(address)
