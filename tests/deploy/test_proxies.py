"""What both proxies lead to, and what they keep out."""

import re

import pytest

from bot.settings import PROJECT_ROOT
from console.app import _LARGER_BODIES

FOLDER = PROJECT_ROOT / "deploy" / "proxy"
FILES = {name: (FOLDER / name).read_text(encoding="utf-8") for name in ("Caddyfile", "motcua.nginx.conf")}


@pytest.mark.parametrize("name", FILES)
def test_only_gateway_and_console_are_behind_the_proxy(name: str) -> None:
    without_comments = re.sub(r"^\s*#.*$", "", FILES[name], flags=re.MULTILINE)
    ports = set(re.findall(r"127\.0\.0\.1:(\d+)", without_comments))
    assert ports - {"8082"} == {"8080", "8081"}  # 8082: the proxy's own health
    assert not re.search(r"\b(5005|5006|5007|5055|9100)\b", without_comments)


@pytest.mark.parametrize("name", FILES)
def test_the_console_is_for_named_networks_and_metrics_for_nobody(name: str) -> None:
    assert "CONSOLE_NETWORKS" in FILES[name] or re.search(r"allow 10\.0\.0\.0/8;.*deny all;", FILES[name], re.DOTALL)
    assert FILES[name].count("metrics") >= 2


@pytest.mark.parametrize("name", FILES)
def test_what_a_citizen_claims_to_be_is_not_believed(name: str) -> None:
    assert "proxy_add_x_forwarded_for" not in FILES[name]
    assert re.search(r"X-Forwarded-For (\{remote_host\}|\$remote_addr)", FILES[name])


@pytest.mark.parametrize("name", FILES)
def test_the_console_takes_the_largest_file_that_it_allows(name: str) -> None:
    largest = max(int(size) for size in re.findall(r"(?:max_size|client_max_body_size) (\d+)[Mm]", FILES[name])) * 1_000_000
    assert largest >= max(_LARGER_BODIES.values())


def test_events_are_not_buffered() -> None:
    assert FILES["Caddyfile"].count("flush_interval -1") == 2
    events = re.search(r"location = /webchat/events \{(.*?)\}", FILES["motcua.nginx.conf"], re.DOTALL)
    assert events is not None
    assert "proxy_buffering off" in events.group(1)
