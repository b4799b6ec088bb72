"""A refresh token works once: whatever happens around it, we keep the account or say that a person is needed."""

import logging
from typing import Any

import anyio
import httpx
import pytest
from cryptography.fernet import Fernet
from sqlalchemy import select, update
from sqlalchemy.exc import OperationalError
from starlette.responses import JSONResponse

from bot.storage.channel_models import ChannelToken
from bot.storage.database import Database
from connectors.channel import Permanent, Temporary
from connectors.zalo.token_store import TokenStore
from connectors.zalo.tokens import LEASE, ZaloTokens
from tests.connectors.zalo.channels import KEY, Bench, bench
from tests.connectors.zalo.fake_zalo import FakeZalo, html
from tests.connectors.zalo.recorded import IDS

pytestmark = pytest.mark.anyio

TOKEN_PATH = "/v4/oa/access_token"
HOURS_TO_RENEWAL = 20.1
HOURS_OF_LIFE = 25.1


def alarms(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.__dict__["reason"] for record in caplog.records if record.message == "zalo.token_alarm"]


async def test_without_consent_a_person_is_needed(database: Database, zalo: FakeZalo) -> None:
    with pytest.raises(Permanent) as caught:
        await bench(database, zalo).tokens.access()
    assert (caught.value.reason, caught.value.effect) == ("no_token", "account_needs_attention")


async def test_a_fresh_token_is_used_as_it_is(consented: Bench) -> None:
    await consented.say()
    consented.clock.move(hours=19)
    await consented.say()
    assert consented.zalo.refreshes == 0


async def test_at_four_fifths_of_its_life_the_token_is_renewed_before_its_use(consented: Bench) -> None:
    consented.clock.move(hours=HOURS_TO_RENEWAL)
    before = consented.stored()
    await consented.say()
    after = consented.stored()
    assert consented.zalo.refreshes == 1
    assert after.access != before.access
    assert after.refresh != before.refresh
    assert after.version == before.version + 1
    assert consented.zalo.calls == ["token", "send"]


async def test_both_tokens_are_encrypted_at_rest(consented: Bench, database: Database) -> None:
    stored = consented.stored()
    with database.sessions() as session:
        row = session.scalars(select(ChannelToken)).one()
    assert stored.access.encode() not in row.access
    assert stored.refresh.encode() not in row.refresh
    assert stored.access not in repr(stored)


@pytest.mark.parametrize("code", [-216, 216, -401, 401, -220])
async def test_a_refused_token_is_renewed_once_and_the_message_sent_once(consented: Bench, code: int) -> None:
    consented.zalo.send_answers.append(JSONResponse({"error": code, "message": "token"}))
    await consented.say()
    assert consented.zalo.calls == ["send", "token", "send"]
    assert len(consented.zalo.sent) == 1


async def test_http_401_means_a_refused_token_too(consented: Bench) -> None:
    consented.zalo.send_answers.append(html(401))
    await consented.say()
    assert consented.zalo.calls == ["send", "token", "send"]


async def test_a_new_token_that_is_refused_at_once_stops_the_account_for_a_while(consented: Bench) -> None:
    consented.zalo.send_answers += [JSONResponse({"error": -216}), JSONResponse({"error": -216})]
    with pytest.raises(Temporary) as caught:
        await consented.say()
    assert caught.value.whole_account
    assert caught.value.retry_after == 300
    assert consented.zalo.refreshes == 1


async def test_twenty_sends_of_two_processes_with_an_ended_token_refresh_once(consented: Bench, database: Database) -> None:
    other = bench(database, consented.zalo, consented.clock)
    consented.clock.move(hours=HOURS_OF_LIFE)
    consented.zalo.valid.clear()
    async with anyio.create_task_group() as group:
        for number in range(20):
            group.start_soon((consented, other)[number % 2].say, f"tin {number}")
    assert consented.zalo.refreshes == 1
    assert sorted(consented.texts()) == sorted(f"tin {number}" for number in range(20))


async def test_twenty_sends_of_two_processes_with_a_revoked_token_refresh_once(consented: Bench, database: Database) -> None:
    other = bench(database, consented.zalo, consented.clock)
    consented.zalo.valid.clear()
    async with anyio.create_task_group() as group:
        for number in range(20):
            group.start_soon((consented, other)[number % 2].say, f"tin {number}")
    assert consented.zalo.refreshes == 1
    assert sorted(consented.texts()) == sorted(f"tin {number}" for number in range(20))


async def test_the_intention_is_committed_before_the_token_is_used(consented: Bench, database: Database) -> None:
    seen: list[Any] = []

    class Watching(httpx.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            with database.sessions() as session:
                row = session.scalars(select(ChannelToken)).one()
                seen.append((row.pending_hash is not None, row.lease_until))
            return await inner.handle_async_request(request)

    inner, consented.network.inner = consented.network.inner, Watching()
    consented.clock.move(hours=HOURS_TO_RENEWAL)
    await consented.tokens.access()
    assert seen == [(True, consented.clock() + LEASE)]
    assert not consented.stored().pending


async def test_a_crash_between_the_answer_and_the_commit_ends_in_a_call_for_consent(
    consented: Bench, database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    consented.clock.move(hours=HOURS_OF_LIFE)
    before = consented.stored()
    assert consented.store.begin_refresh(before, "dead process", consented.clock(), LEASE)
    consented.zalo.refresh_tokens.discard(before.refresh)

    restarted = bench(database, consented.zalo, consented.clock)
    with pytest.raises(Temporary):
        await restarted.tokens.access()
    assert consented.zalo.calls == []
    consented.clock.move(seconds=LEASE.total_seconds() + 1)
    with pytest.raises(Permanent, match="consent_needed"):
        await restarted.tokens.access()
    for _ in range(5):
        consented.clock.move(hours=1)
        with pytest.raises(Permanent, match="consent_needed"):
            await restarted.tokens.access()
    assert consented.zalo.calls == ["token"]
    assert alarms(caplog) == ["consent_needed"]


async def test_a_crash_before_the_call_costs_nothing(consented: Bench, database: Database) -> None:
    consented.clock.move(hours=HOURS_OF_LIFE)
    assert consented.store.begin_refresh(consented.stored(), "dead process", consented.clock(), LEASE)
    consented.clock.move(seconds=LEASE.total_seconds() + 1)
    await bench(database, consented.zalo, consented.clock).say()
    assert consented.zalo.refreshes == 1


async def test_a_new_consent_heals_everything(consented: Bench) -> None:
    consented.zalo.refresh_tokens.clear()
    consented.clock.move(hours=HOURS_OF_LIFE)
    with pytest.raises(Permanent):
        await consented.say()
    consented.zalo.codes.add("new-code")
    await consented.tokens.take_consent("new-code")
    await consented.say()
    assert len(consented.zalo.sent) == 1


async def test_an_answer_that_never_came_is_asked_again_after_a_rest(consented: Bench) -> None:
    consented.clock.move(hours=HOURS_OF_LIFE)
    consented.network.breaks.append((TOKEN_PATH, "before", httpx.ReadTimeout("slow")))
    with pytest.raises(Temporary) as caught:
        await consented.say()
    assert caught.value.whole_account
    assert consented.stored().pending
    with pytest.raises(Temporary, match="token_refresh_waits"):
        await consented.say()
    consented.clock.move(seconds=31)
    await consented.say()
    assert consented.zalo.refreshes == 1


async def test_an_answer_that_was_lost_ends_in_a_call_for_consent(consented: Bench) -> None:
    consented.clock.move(hours=HOURS_OF_LIFE)
    consented.network.breaks.append((TOKEN_PATH, "after", httpx.ReadTimeout("slow")))
    with pytest.raises(Temporary):
        await consented.say()
    consented.clock.move(seconds=31)
    with pytest.raises(Permanent, match="consent_needed"):
        await consented.say()
    assert consented.stored().consent_needed


async def test_any_refusal_after_a_lost_answer_is_the_end_and_is_not_repeated(consented: Bench) -> None:
    consented.clock.move(hours=HOURS_OF_LIFE)
    consented.network.breaks.append((TOKEN_PATH, "after", httpx.ReadTimeout("slow")))
    with pytest.raises(Temporary):
        await consented.say()
    consented.clock.move(seconds=31)
    consented.zalo.oauth_answers.append(JSONResponse({"error": -14099, "error_name": "Something else"}))
    with pytest.raises(Permanent, match="consent_needed"):
        await consented.say()
    consented.clock.move(hours=1)
    with pytest.raises(Permanent, match="consent_needed"):
        await consented.say()
    assert consented.zalo.calls == ["token", "token"]


async def test_an_oauth_server_that_is_away_leaves_the_token_unused(consented: Bench, caplog: pytest.LogCaptureFixture) -> None:
    consented.clock.move(hours=HOURS_OF_LIFE)
    rests = []
    for _ in range(3):
        consented.network.breaks.append((TOKEN_PATH, "before", httpx.ConnectError("refused")))
        with pytest.raises(Temporary) as caught:
            await consented.say()
        rests.append(caught.value.retry_after)
        assert not consented.stored().pending
        consented.clock.move(minutes=16)
    assert rests == [30, 60, 120]
    assert alarms(caplog) == ["refresh_failed_twice", "refresh_failed_twice"]
    await consented.say()
    assert consented.stored().failures == 0


async def test_while_the_old_token_lives_a_failed_renewal_stops_nothing(consented: Bench) -> None:
    consented.clock.move(hours=HOURS_TO_RENEWAL)
    consented.zalo.oauth_answers.append(html(502))
    await consented.say("một")
    await consented.say("hai")
    assert consented.texts() == ["một", "hai"]
    assert consented.zalo.calls == ["token", "send", "send"]


@pytest.mark.parametrize(
    "body",
    [
        {"error": 0},
        {"access_token": "", "refresh_token": "x", "expires_in": "90000"},
        {"access_token": "x", "expires_in": "90000"},
        {"access_token": None, "refresh_token": None},
        {"error": -14002, "error_name": "Invalid app id"},
        [],
    ],
)
async def test_an_answer_without_both_tokens_is_never_a_success(consented: Bench, body: Any) -> None:
    consented.clock.move(hours=HOURS_OF_LIFE)
    before = consented.stored()
    consented.zalo.oauth_answers.append(JSONResponse(body))
    with pytest.raises(Temporary):
        await consented.tokens.access()
    after = consented.stored()
    assert (after.access, after.refresh, after.version) == (before.access, before.refresh, before.version)


@pytest.mark.parametrize("numbered", [True, False])
async def test_a_refused_refresh_token_calls_for_consent_with_and_without_its_number(consented: Bench, numbered: bool) -> None:
    consented.zalo.numbered_errors = numbered
    consented.zalo.refresh_tokens.clear()
    consented.clock.move(hours=HOURS_OF_LIFE)
    for _ in range(3):
        with pytest.raises(Permanent, match="consent_needed"):
            await consented.tokens.access()
    assert consented.zalo.calls == ["token"]


async def test_after_a_refused_refresh_the_living_token_is_used_to_its_end(consented: Bench) -> None:
    consented.zalo.refresh_tokens.clear()
    consented.clock.move(hours=HOURS_TO_RENEWAL)
    await consented.say()
    assert consented.stored().consent_needed
    await consented.say()
    assert len(consented.zalo.sent) == 2


@pytest.mark.parametrize(
    ("told", "hours"), [("3600", 1), (3600, 1), ("90000", 25), ("", 1), (None, 1), ([], 1), (-5, 1), ("x", 1)]
)
async def test_the_life_that_is_told_is_obeyed(consented: Bench, told: Any, hours: int) -> None:
    consented.clock.move(hours=HOURS_OF_LIFE)
    consented.zalo.oauth_answers.append(JSONResponse(consented.zalo.pair() | {"expires_in": told}))
    await consented.tokens.access()
    assert (consented.stored().access_expires_at - consented.clock()).total_seconds() == hours * 3600


async def test_a_quiet_account_is_renewed_by_its_keeper(consented: Bench) -> None:
    consented.clock.move(days=80)
    await consented.channel.keep_fresh()
    assert consented.zalo.refreshes == 1


async def test_a_refresh_token_of_sixty_days_alarms(consented: Bench, caplog: pytest.LogCaptureFixture) -> None:
    consented.clock.move(hours=1)
    await consented.tokens.keep_fresh()
    assert alarms(caplog) == []
    consented.clock.move(days=61)
    consented.network.breaks.append((TOKEN_PATH, "before", httpx.ConnectError("refused")))
    with pytest.raises(Temporary):
        await consented.tokens.keep_fresh()
    assert alarms(caplog) == ["refresh_token_old"]


async def test_a_ledger_that_is_away_for_a_moment_does_not_cost_the_pair(consented: Bench) -> None:
    store = _ForgetfulStore(consented.store, failures=2)
    tokens = ZaloTokens(store, consented.tokens._oauth, clock=consented.clock, sleep=consented.tokens._sleep)
    consented.clock.move(hours=HOURS_OF_LIFE)
    token = await tokens.access()
    assert token.value == consented.stored().access
    assert consented.slept == [0.2, 1.0]


class _ForgetfulStore(TokenStore):
    def __init__(self, inner: TokenStore, failures: int) -> None:
        self.__dict__.update(inner.__dict__)
        self.failures = failures

    def replace(self, *arguments: Any) -> bool:
        if self.failures:
            self.failures -= 1
            raise OperationalError("update", {}, Exception("away"))
        return super().replace(*arguments)


async def test_a_cancelled_send_does_not_lose_the_new_pair(consented: Bench) -> None:
    consented.clock.move(hours=HOURS_OF_LIFE)
    reached = anyio.Event()

    class Slow(httpx.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            reached.set()
            await anyio.sleep(0.05)
            return await inner.handle_async_request(request)

    inner, consented.network.inner = consented.network.inner, Slow()
    async with anyio.create_task_group() as group:
        group.start_soon(consented.say)
        await reached.wait()
        group.cancel_scope.cancel()
    consented.network.inner = inner
    assert consented.zalo.refreshes == 1
    assert consented.stored().version == 2
    await consented.say()


async def test_tokens_of_another_ledger_key_call_for_a_person(consented: Bench, database: Database) -> None:
    with database.sessions.begin() as session:
        session.execute(update(ChannelToken).values(access=b"not ours"))
    with pytest.raises(Permanent, match="tokens_unreadable"):
        await consented.tokens.access()


async def test_no_token_is_ever_logged(consented: Bench, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    secrets = [consented.stored().access, consented.stored().refresh]
    consented.clock.move(hours=HOURS_TO_RENEWAL)
    await consented.say()
    secrets += [consented.stored().access, consented.stored().refresh]
    logged = "".join(str(record.__dict__) for record in caplog.records)
    assert not [secret for secret in secrets if secret in logged]


async def test_the_key_can_be_rotated(consented: Bench, database: Database) -> None:
    rotated = TokenStore(database.sessions, f"{Fernet.generate_key().decode()},{KEY}", IDS.oa_id)
    found = rotated.read()
    assert found is not None
    assert found.access == consented.stored().access
