"""The logs of our processes, at their most talkative, hold no secret and nothing that a citizen said or is called by."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from tests.connectors.fake_engine import echo, message, reply
from tests.connectors.honesty.assistant import Assistant, running_assistant
from tests.connectors.honesty.stands import Citizen, Stand, ZaloStand, soon
from tests.connectors.processes import environment, process
from tests.engine_process import free_port

WORDS = "Nguyễn Thị Rất Riêng Tư"
CARD = "001095012345"
PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 64


@pytest.fixture
def logs(stands: dict[str, Stand], tmp_path: Path) -> Iterator[tuple[Assistant, Path]]:
    """An assistant made of real processes, and the folder of their logs."""
    port = free_port()
    with running_assistant(f"sqlite:///{tmp_path}/ledger.sqlite3", stands, started=False) as one, ExitStack() as stack:
        env = environment(one.settings, GATEWAY_PORT=str(port), LOG_LEVEL="DEBUG")
        for module in ("connectors.gateway", "connectors.gateway.worker", "connectors.gateway.sender"):
            output = stack.enter_context((tmp_path / f"{module}.log").open("w"))
            stack.enter_context(process(["-m", module], env, output))
        for stand in stands.values():
            soon(lambda stand=stand: connects(stand, f"http://127.0.0.1:{port}"), what="the gateway's start")
        yield one, tmp_path
        one.settle()


def connects(stand: Stand, gateway: str) -> bool:
    try:
        stand.connect(gateway)
    except AssertionError:
        return False
    return True


def troubles(assistant: Assistant, citizen: Citizen, secrets: set[str]) -> None:
    """All that goes wrong around one citizen, with answers of the platform that repeat secrets."""
    stand = citizen.stand
    gossip = {"error": {"message": f"{citizen.phone} {WORDS} {' '.join(secrets)}", "code": 1}, "description": f"{secrets}"}
    citizen.say(f"Tôi là {WORDS}, số {citizen.phone}, căn cước {CARD}")
    soon(lambda: citizen.heard(), what="the first answer")
    for fault in ({"mode": "reply", "status": 500, "body": gossip}, {"mode": "reply", "status": 400, "body": gossip}):
        stand.fault(**fault)
        citizen.say(f"nhắc lại {WORDS}")
    stand.fault("reset")
    citizen.say(f"lần nữa {WORDS}")
    body = stand.event_never_posted(citizen, f"giả mạo {WORDS} {citizen.phone}")
    for signature in ("wrong", "none"):
        stand.raw(body, signature)
    stand.raw(f'{{"{WORDS}": "{citizen.phone}"')
    stand.raw(f'{{"{WORDS}": "{citizen.phone}", "update_id": "x", "event_name": "{WORDS}", "object": "page"}}')
    citizen.send_file(f"{WORDS}.png", PNG, "image", "image/png")
    if stand.name != "facebook":
        assistant.engine.script = lambda turn: (200, reply(turn, message("Xin số điện thoại", request="phone")))
        citizen.say("gọi lại cho tôi")
        soon(lambda: any(b["kind"] == "contact" for m in citizen.screen() for b in m["buttons"]))
        citizen.does("share_contact")
    assistant.engine.script = lambda turn: (200, reply(turn, {"schema": "unknown", "text": f"{turn['text']} {WORDS}"}))
    citizen.say(f"câu mà máy trả lời sai {WORDS}")
    soon(lambda: last_outcome(assistant, citizen) == "failed_and_told", what="the apology")
    assistant.engine.script = echo
    citizen.does("block")
    assistant.tell(citizen, f"Chào {WORDS}")


def last_outcome(assistant: Assistant, citizen: Citizen) -> str | None:
    return assistant.inbound(citizen)[-1].outcome


def secrets_of(settings: Any) -> set[str]:
    values = [value.get_secret_value() for _, value in settings if isinstance(value, SecretStr)]
    return {value for value in values if value != "unused"}


def test_no_secret_and_nothing_personal_is_in_the_logs(logs: tuple[Assistant, Path]) -> None:
    assistant, folder = logs
    zalo = assistant.stands["zalo"]
    assert isinstance(zalo, ZaloStand)
    secrets = secrets_of(assistant.settings)
    assert len(secrets) >= 9
    citizens = [stand.citizen(name=WORDS) for stand in assistant.stands.values()]
    for citizen in citizens:
        troubles(assistant, citizen, secrets | set(zalo.granted))
    renew_in_trouble(assistant, zalo, secrets)
    soon(lambda: "alarm.account_needs_attention" in everything(folder), what="the alarm")
    written = everything(folder)
    for known in ("webhook.rejected", "webhook.taken", "turn.concluded", "delivery.ended", "engine.malformed_answer"):
        assert known in written, known
    forbidden = {WORDS, CARD, *secrets, *zalo.granted}
    for citizen in citizens:
        national = citizen.phone[1:]
        forbidden |= {national, f"{national[:3]} {national[3:6]} {national[6:]}", citizen.id}
    assert [trace for trace in sorted(forbidden) if trace in written] == []


def renew_in_trouble(assistant: Assistant, zalo: ZaloStand, secrets: set[str]) -> None:
    """Zalo's tokens end, its token endpoint babbles, and Telegram's token is revoked."""
    zalo.order("/tokens/expire")
    zalo.fault("reply", method="v4/oa/access_token", status=500, body=f"{secrets} {zalo.granted}")
    other = zalo.citizen(name=WORDS)
    other.say("xin chào")
    soon(lambda: any(d.attempts for d in assistant.sent(other)), what="an attempt")
    telegram = assistant.stands["telegram"]
    one = telegram.citizen(name=WORDS)
    token = assistant.settings.telegram_bot_token
    assert token is not None
    telegram.order("/rotate_secret", {"value": f"{token.get_secret_value().partition(':')[0]}:another"})
    one.say("xin chào")
    soon(lambda: any(d.attempts for d in assistant.sent(one)), what="an attempt")
    telegram.order("/rotate_secret", {"value": token.get_secret_value()})


def everything(folder: Path) -> str:
    return "".join(path.read_text() for path in folder.glob("*.log"))
