"""Tokens that end: Zalo's, which are renewed by a token that works once, and those that only a person can renew."""

import logging
from collections.abc import Callable

import pytest
from sqlalchemy import select

from bot.storage.channel_models import ChannelToken, Delivery
from tests.connectors.honesty.assistant import Assistant, consent
from tests.connectors.honesty.marks import on_both_databases
from tests.connectors.honesty.stands import Citizen, Stand, ZaloStand, soon
from tests.connectors.processes import environment, process

pytestmark = on_both_databases


def zalo_of(assistant: Assistant) -> ZaloStand:
    zalo = assistant.stands["zalo"]
    assert isinstance(zalo, ZaloStand)
    return zalo


def stored_tokens(assistant: Assistant) -> ChannelToken:
    with assistant.database.sessions() as session:
        return session.get_one(ChannelToken, ("zalo", str(assistant.settings.zalo_oa_id)))


def ask_while_nothing_is_sent(assistant: Assistant, stand: Stand, count: int) -> list[Citizen]:
    """So many citizens whose answers wait to be sent."""
    assistant.stop_sender()
    citizens = [stand.citizen() for _ in range(count)]
    for number, citizen in enumerate(citizens):
        citizen.say(f"câu hỏi thứ {number}")
    for citizen in citizens:
        soon(lambda one=citizen: len(assistant.outbound(one)) == 2, what="the answer in the ledger")
    return citizens


def all_heard_once(citizens: list[Citizen]) -> None:
    for number, citizen in enumerate(citizens):
        assert citizen.wait_heard(1) == [f"Trả lời: câu hỏi thứ {number}"]


def test_a_sender_killed_after_the_refresh_and_before_the_commit_leads_to_consent_and_no_loop(
    assistant: Assistant, caplog: pytest.LogCaptureFixture
) -> None:
    zalo = zalo_of(assistant)
    cut_off = ask_while_nothing_is_sent(assistant, zalo, 2)
    zalo.exchanges.clear()
    zalo.order("/tokens/expire")
    zalo.fault("accept_then_timeout", method="v4/oa/access_token", seconds=60)
    with process(["-m", "connectors.gateway.sender"], environment(assistant.settings)) as doomed:
        soon(lambda: zalo.exchanges, what="the refresh")
        doomed.kill()
        doomed.wait()
    assistant.time.move(seconds=120)
    (citizen,) = ask_while_nothing_is_sent(assistant, zalo, 1)
    with caplog.at_level(logging.ERROR):
        assistant.start_sender()
        soon(lambda: needs(assistant, "zalo") == "consent_needed", what="the alarm")
        wait_through_pauses(assistant, "zalo", lambda: tried(assistant, [citizen, *cut_off]) >= 3)
    assert zalo.exchanges == ["refresh_token"] * 2
    assert [getattr(record, "reason", None) for record in caplog.records if record.msg == "zalo.token_alarm"] == [
        "consent_needed"
    ]
    consent(assistant, zalo)
    wait_through_pauses(assistant, "zalo", lambda: all(one.heard() for one in (citizen, *cut_off)))
    all_heard_once([citizen])
    soon(lambda: needs(assistant, "zalo") is None, what="the end of the alarm")
    # What was in the killed sender's hands may have gone out: people see it, the platform gets it no second time.
    all_heard_once(cut_off)
    assert [delivery.state for one in cut_off for delivery in assistant.sent(one)].count("ambiguous") >= 1
    assert all(len(one.screen()) <= 3 for one in cut_off)


def tried(assistant: Assistant, citizens: list[Citizen]) -> int:
    """How often something was tried to be sent to them."""
    return max((delivery.attempts for citizen in citizens for delivery in assistant.sent(citizen)), default=0)


def wait_through_pauses(assistant: Assistant, channel: str, condition: Callable[[], bool]) -> None:
    """Waits for the condition; whenever the account is paused and no call is under way, time goes on past the pause. A call that
    time ran past would count as one whose end nobody knows."""

    def met() -> bool:
        account = assistant.account(channel)
        paused = account is not None and (account.paused_until or assistant.time()) > assistant.time()
        if not condition() and paused and not under_way(assistant):
            assistant.time.move(minutes=6)
        return condition()

    soon(met, what="what follows the pause")


def under_way(assistant: Assistant) -> bool:
    """Whether the sender holds something that it has not finished with."""
    with assistant.database.sessions() as session:
        return session.scalar(select(Delivery.id).where(Delivery.state == "sending").limit(1)) is not None


def test_a_refresh_whose_answer_got_lost_is_tried_once_more_and_then_needs_consent(assistant: Assistant) -> None:
    zalo = zalo_of(assistant)
    citizens = ask_while_nothing_is_sent(assistant, zalo, 2)
    zalo.exchanges.clear()
    zalo.order("/tokens/expire")
    zalo.fault("accept_then_reset", method="v4/oa/access_token")
    assistant.start_sender()
    wait_through_pauses(assistant, "zalo", lambda: needs(assistant, "zalo") == "consent_needed")
    assert zalo.exchanges == ["refresh_token"] * 2
    consent(assistant, zalo)
    wait_through_pauses(assistant, "zalo", lambda: all(one.heard() for one in citizens))
    all_heard_once(citizens)
    assert zalo.exchanges == ["refresh_token"] * 2


def test_a_fault_of_the_token_endpoint_is_waited_out(assistant: Assistant) -> None:
    zalo = zalo_of(assistant)
    citizens = ask_while_nothing_is_sent(assistant, zalo, 2)
    zalo.exchanges.clear()
    zalo.order("/tokens/expire")
    zalo.fault("reply", method="v4/oa/access_token", status=502, body="<html>Bad gateway</html>")
    assistant.start_sender()
    wait_through_pauses(assistant, "zalo", lambda: all(one.heard() for one in citizens))
    all_heard_once(citizens)
    assert zalo.exchanges == ["refresh_token"]
    assert not stored_tokens(assistant).consent_needed


def test_a_token_that_ends_in_a_burst_is_renewed_once_and_all_is_sent_once(assistant: Assistant) -> None:
    zalo = zalo_of(assistant)
    citizens = ask_while_nothing_is_sent(assistant, zalo, 20)
    version = stored_tokens(assistant).version
    zalo.exchanges.clear()
    zalo.order("/tokens/expire")
    assistant.start_sender(count=2)
    all_heard_once(citizens)
    assert zalo.exchanges == ["refresh_token"]
    assert stored_tokens(assistant).version == version + 1
    assert {delivery.state for one in citizens for delivery in assistant.sent(one)} == {"sent"}
    assistant.stop_sender()
    assistant.start_sender()


@pytest.mark.parametrize("channel", ["facebook", "telegram"])
def test_a_token_that_only_a_person_can_renew_keeps_the_queue(
    assistant: Assistant, channel: str, caplog: pytest.LogCaptureFixture
) -> None:
    stand = assistant.stands[channel]
    citizens = ask_while_nothing_is_sent(assistant, stand, 3)
    end_token(stand)
    with caplog.at_level(logging.ERROR):
        assistant.start_sender()
        soon(lambda: needs(assistant, channel) is not None, what="the account's alarm")
    assert [one.heard() for one in citizens] == [[], [], []]
    assert "alarm.account_needs_attention" in caplog.text
    renew_token(assistant, stand)
    wait_through_pauses(assistant, channel, lambda: all(one.heard() for one in citizens))
    all_heard_once(citizens)
    soon(lambda: needs(assistant, channel) is None, what="the end of the alarm")


def needs(assistant: Assistant, channel: str) -> str | None:
    account = assistant.account(channel)
    return account.reason if account is not None and account.state == "needs_attention" else None


def end_token(stand: Stand) -> None:
    if stand.name == "facebook":
        stand.order("/tokens/expire")
    else:
        stand.order("/rotate_secret", {"value": "110201543:another-one"})


def renew_token(assistant: Assistant, stand: Stand) -> None:
    if stand.name == "facebook":
        token = assistant.settings.facebook_page_token
        which = {"which": "page_token"}
    else:
        token, which = assistant.settings.telegram_bot_token, {}
    assert token is not None
    stand.order("/rotate_secret", {"value": token.get_secret_value(), "extra": which})
