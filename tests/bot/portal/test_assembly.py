"""The settings choose the adapter; a missing secret stops the start by name."""

from typing import Any

import pytest

from bot.portal.assembly import assemble_portal, portal_webhooks
from bot.portal.http_portal import HttpPortal
from bot.portal.lgsp_portal import LgspPortal
from bot.settings import MissingSettingError, Settings


def settings(**more: Any) -> Settings:
    return Settings(engine_secret="e", ledger_key="l", web_session_secret="w", **more)


@pytest.mark.parametrize(
    ("chosen", "kind"),
    [
        ({"portal_client_secret": "s"}, HttpPortal),
        ({"portal_adapter": "lgsp", "portal_lgsp_password": "p"}, LgspPortal),
    ],
)
def test_the_adapter_is_the_one_that_is_set(chosen: dict[str, str], kind: type) -> None:
    portal = assemble_portal(settings(**chosen))
    assert isinstance(portal.adapter, kind)
    assert portal.gateway.offered == portal.adapter.offered
    portal.close()


@pytest.mark.parametrize(
    ("chosen", "name"),
    [({}, "PORTAL_CLIENT_SECRET"), ({"portal_adapter": "lgsp", "portal_client_secret": "s"}, "PORTAL_LGSP_PASSWORD")],
)
def test_a_missing_secret_is_named(chosen: dict[str, str], name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(name, raising=False)
    with pytest.raises(MissingSettingError, match=name):
        assemble_portal(settings(**chosen))


def test_webhooks_need_their_secret_and_take_several(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PORTAL_WEBHOOK_SECRET", raising=False)
    with pytest.raises(MissingSettingError, match="PORTAL_WEBHOOK_SECRET"):
        portal_webhooks(settings())
    assert len(portal_webhooks(settings(portal_webhook_secret="old, new"))._keys) == 2


@pytest.mark.parametrize("chosen", [{"portal_url": "portal"}, {"portal_adapter": "lgsp", "portal_lgsp_url": "ftp://x"}])
def test_an_address_that_cannot_be_used_stops_the_start(chosen: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="portal_"):
        assemble_portal(settings(portal_client_secret="s", portal_lgsp_password="p", **chosen))


def test_links_may_lead_to_the_hosts_that_are_set() -> None:
    chosen = {"portal_url": "https://api.example.vn", "portal_link_hosts": " dichvucong.gov.vn,, Pay.Example.vn "}
    portal = assemble_portal(settings(portal_client_secret="s", **chosen))
    assert isinstance(portal.adapter, HttpPortal)
    assert portal.adapter._link_hosts == {"api.example.vn", "dichvucong.gov.vn", "pay.example.vn"}
    portal.close()
