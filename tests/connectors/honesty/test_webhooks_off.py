"""Platforms that stop sending: we notice, and what can be had again comes in once."""

import asyncio
from collections.abc import Iterator

import pytest
from typer.testing import CliRunner

from bot.conversations.private_values import PrivateValues
from connectors.channel import AccountCheck
from connectors.gateway import accounts
from connectors.gateway.account_care import AccountCare
from connectors.gateway.channels import platform_channels, platform_intake
from tests.connectors.honesty.assistant import Assistant
from tests.connectors.honesty.marks import on_both_databases
from tests.connectors.honesty.stands import Stand, soon
from tests.connectors.processes import environment

pytestmark = on_both_databases


@pytest.fixture
def deaf(assistant: Assistant) -> Iterator[Assistant]:
    """Nobody answers the webhooks; at the end all is well again."""
    assistant.stop_gateway()
    yield assistant
    assistant.stop_gateway()
    assistant.start_gateway()


def check(assistant: Assistant, channel: str) -> AccountCheck:
    async def ask() -> AccountCheck:
        settings = assistant.settings.model_copy(update={"channels": channel})
        (one,) = platform_channels(settings, assistant.database.sessions, assistant.time).values()
        try:
            return await one.check_account()
        finally:
            await one.aclose()

    return asyncio.run(ask())


def look_after(assistant: Assistant) -> dict[str, int]:
    """One round of what every sender does now and then."""

    async def look() -> dict[str, int]:
        channels = platform_channels(assistant.settings, assistant.database.sessions, assistant.time)
        key = assistant.settings.ledger_key.get_secret_value()
        private = PrivateValues(assistant.database.sessions, key, assistant.time)
        intake = platform_intake(assistant.settings, assistant.database.sessions, private, assistant.time)
        try:
            care = AccountCare(list(channels.values()), assistant.database.sessions, intake.take_in, assistant.time)
            return dict(await care.look_after_all())
        finally:
            for channel in channels.values():
                await channel.aclose()

    return asyncio.run(look())


def climb_to_the_end(assistant: Assistant, stand: Stand, disabled: str = "disabled") -> None:
    """Time goes on until the platform switches the webhook off."""

    def is_off() -> bool:
        assistant.time.move(minutes=5)
        return bool(stand.order("/webhook", method="GET")[disabled])

    soon(is_off, what="the end of the platform's patience")


def test_messages_that_zalo_gave_up_come_in_by_asking_without_doubles(deaf: Assistant, caplog: pytest.LogCaptureFixture) -> None:
    zalo = deaf.stands["zalo"]
    citizens = [zalo.citizen() for _ in range(2)]
    deaf.start_gateway()
    citizens[0].say("câu đã đến")
    citizens[0].wait_heard(1)
    deaf.stop_gateway()
    for number in range(12):  # more than a page of the platform's answer
        citizens[0].say(f"câu lạc {number}")
        deaf.time.move(seconds=1)
    citizens[1].say("câu của người mới")
    climb_to_the_end(deaf, zalo)
    deaf.start_gateway()
    assert look_after(deaf) == {"zalo": 13, "facebook": 0, "telegram": 0}
    assert look_after(deaf)["zalo"] == 0
    assert "alarm.webhook_missed_messages" in caplog.text
    expected = ["câu đã đến", *(f"câu lạc {number}" for number in range(12))]
    assert citizens[0].wait_heard(13) == [f"Trả lời: {text}" for text in expected]
    assert citizens[1].wait_heard(1) == ["Trả lời: câu của người mới"]
    citizens[0].say("câu mới")
    assert citizens[0].wait_heard(14)[-1] == "Trả lời: câu mới"


def test_a_late_post_of_what_was_fetched_by_asking_is_a_duplicate(deaf: Assistant) -> None:
    zalo = deaf.stands["zalo"]
    citizen = zalo.citizen()
    citizen.say("lệ phí")
    body = str(zalo.deliveries(citizen)[-1]["body"])
    assert look_after(deaf)["zalo"] == 1
    assert citizen.wait_heard(1) == ["Trả lời: lệ phí"]
    deaf.start_gateway()
    assert zalo.raw(body) == 200
    deaf.time.move(seconds=60)
    citizen.say("cảm ơn")
    assert citizen.wait_heard(2) == ["Trả lời: lệ phí", "Trả lời: cảm ơn"]


def test_a_webhook_that_facebook_disabled_is_noticed_and_can_be_set_again(
    deaf: Assistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = deaf.stands["facebook"]
    assert check(deaf, "facebook").ok
    citizen = page.citizen()
    citizen.say("xin chào")
    climb_to_the_end(deaf, page)
    found = check(deaf, "facebook")
    assert not found.ok
    assert found.needs
    for name, value in environment(deaf.settings).items():
        if name not in ("PATH", "PYTHONPATH"):
            monkeypatch.setenv(name, value)
    told = CliRunner().invoke(accounts.app, ["status", "facebook"])
    assert told.exit_code == 1
    assert found.needs in told.output
    deaf.start_gateway()
    assert check(deaf, "facebook").ok
    citizen.say("còn ai không")
    assert citizen.wait_heard(1) == ["Trả lời: còn ai không"]


def test_telegram_tells_what_waits_and_sends_it_once_we_are_back(deaf: Assistant) -> None:
    telegram = deaf.stands["telegram"]
    citizen = telegram.citizen()
    for text in ("một", "hai"):
        citizen.say(text)
    soon(lambda: any(one["attempts"] for one in telegram.deliveries(citizen)), what="an attempt")
    facts = dict(check(deaf, "telegram").facts)
    assert "2" in facts.values()
    deaf.start_gateway()
    deaf.time.move(seconds=30)
    assert citizen.wait_heard(2) == ["Trả lời: một", "Trả lời: hai"]
    telegram.order("/reset")
    gone = check(deaf, "telegram")
    assert not gone.ok
    assert gone.needs
