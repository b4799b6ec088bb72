"""The list of official channels: only what is on, only real links, a hotline only with its date."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from bot.guides.channels import (
    ChannelLinksError,
    OfficialPagesError,
    channel_links,
    dated_hotline,
    load_official_pages,
    official_channels,
)
from bot.settings import PROJECT_ROOT, Settings
from tests.connectors.harness import settings_for


def settings(**more: Any) -> Settings:
    return settings_for("sqlite://", 1, **more)


def test_channels_that_are_on_are_listed_with_their_links() -> None:
    made = settings(
        channels="zalo,facebook",
        platform_simulators=False,
        public_url="https://motcua.example.gov.vn/",
        official_channel_links="zalo=https://zalo.me/123456, telegram=https://t.me/khong_bat",
    )
    assert [(one.kind, one.link) for one in official_channels(made)] == [
        ("web", "https://motcua.example.gov.vn/"),
        ("zalo", "https://zalo.me/123456"),
        ("facebook", None),
    ]


def test_a_trial_publishes_no_links_of_platforms() -> None:
    made = settings(channels="zalo", platform_simulators=True, official_channel_links="zalo=https://zalo.me/123456")
    assert [one.link for one in official_channels(made) if one.kind == "zalo"] == [None]


@pytest.mark.parametrize(
    "setting",
    [
        "zalo=http://zalo.me/1",
        "zalo=https://zalo.me.evil.example/1",
        "zalo=https://evil@zalo.me/1",
        "zalo=https://zalo.me/",
        "zalo=https://zalo.me/1?next=x",
        "zalo=https://zalo.me/1 2",
        "zalo=javascript:alert(1)",
        "facebook=https://zalo.me/1",
        "viber=https://zalo.me/1",
        "zalo",
        "zalo=https://zalo.me/1,zalo=https://zalo.me/2",
    ],
)
def test_a_link_that_is_not_the_platforms_own_stops_the_start(setting: str) -> None:
    with pytest.raises(ChannelLinksError, match="OFFICIAL_CHANNEL_LINKS"):
        channel_links(setting)


def test_a_hotline_is_told_with_its_date_only() -> None:
    day = date(2026, 11, 20)
    assert dated_hotline(settings(hotline="0222 000 000", hotline_checked=day)) == ("0222 000 000", day)
    assert dated_hotline(settings(hotline="0222 000 000")) is None
    assert dated_hotline(settings(hotline_checked=day)) is None


def test_the_shipped_official_pages_are_of_the_state() -> None:
    pages = load_official_pages(PROJECT_ROOT / "data" / "official_pages.yml")
    assert pages[0].host == "dichvucong.gov.vn"
    assert all(page.host.endswith(".gov.vn") for page in pages)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff",
        b"official_pages: 3",
        b"[",
        b"official_pages: [{host: evil.example, owner: ABC, use: {vi: abcdef, en: abcdef}, checked: 2026-11-23}]",
        b"official_pages: [{host: evil.example/.gov.vn, owner: ABC, use: {vi: abcdef, en: abcdef}, checked: 2026-11-23}]",
        b"official_pages: [{host: a.gov.vn, owner: ABC, use: {vi: abcdef}, checked: 2026-11-23}]",
        b"official_pages: [{host: a.gov.vn, owner: ABC, use: {vi: abcdef, en: abcdef}, checked: never}]",
        b"x" * 200_000,
    ],
)
def test_a_broken_list_of_pages_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "official_pages.yml"
    path.write_bytes(content)
    with pytest.raises(OfficialPagesError, match="official_pages"):
        load_official_pages(path)
