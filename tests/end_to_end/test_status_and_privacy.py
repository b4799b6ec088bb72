"""A dossier's status through the real portal client, and what of it is kept where."""

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.conversations.clock import utc_now
from bot.settings import Settings
from bot.storage.database import open_database
from bot.switches.board import Target
from bot.switches.store import switch_off, switch_on
from motcua.webchat_client import WebchatClient
from tests.waiting import wait_for

pytestmark = pytest.mark.engine


def spoken(answers: list[dict]) -> str:
    return "\n".join(answer["text"] for answer in answers)


def test_status_is_told_with_both_proofs_and_not_with_one(
    new_client: Callable[[], WebchatClient], dossiers: list[dict[str, str]]
) -> None:
    client = new_client()
    assert "mã hồ sơ" in spoken(client.say("hồ sơ của tôi đến đâu rồi"))
    assert "mã tra cứu" in spoken(client.say(dossiers[0]["dossier_code"]))
    told = spoken(client.say(dossiers[0]["lookup_code"]))
    assert "Theo" in told
    assert dossiers[0]["dossier_code"] not in told


def test_a_wrong_pair_is_refused_and_the_right_one_may_follow(
    new_client: Callable[[], WebchatClient], dossiers: list[dict[str, str]]
) -> None:
    client = new_client()
    client.say(f"tra cuu ho so {dossiers[1]['dossier_code'].lower()}")
    refused = spoken(client.say("ZZ99"))
    assert "Theo" not in refused.splitlines()[0]
    assert "Theo" in spoken(client.say(dossiers[1]["lookup_code"]))


def test_no_personal_number_lies_readable_in_databases_or_logs(
    product: Settings, new_client: Callable[[], WebchatClient], dossiers: list[dict[str, str]]
) -> None:
    client = new_client()
    code = dossiers[2]["dossier_code"]
    secrets = ("024099001234", "0987654321", code, "nguyenvana.rieng@example.vn")
    client.say(f"số căn cước của tôi là {secrets[0]}, sđt {secrets[1]}, email {secrets[3]}, hồ sơ {code}")
    client.say("cccd 027 185 003 456")
    client.say("số của em là không chín một hai ba không không bảy tám chín")
    client.say("0241 90")
    client.say("007 891 nhé")
    secrets += ("027 185 003", "027185003456", "chín một hai ba không", "0912300789", "0241 90", "007 891", "024190007891")
    for path in [*Path(product.var_dir).glob("*.sqlite3*"), *Path(product.var_dir / "log").glob("*.log")]:
        if path.name.startswith("portal"):
            continue  # the portal's own database holds its dossiers
        content = path.read_bytes()
        for secret in secrets:
            assert secret.encode() not in content, f"{secret} in {path.name}"


def test_an_answer_is_switched_off_and_on_while_citizens_ask(product: Settings, new_client: Callable[[], WebchatClient]) -> None:
    sessions = open_database(product.database_url).sessions
    fee, words = Target("answer", "1.000894", "fee"), "Mức phí này đang được rà soát."

    def told() -> str:
        return spoken(new_client().say("đăng ký kết hôn lệ phí bao nhiêu"))

    assert words not in told()
    switch_off(sessions, fee, reason="sai phí", by="Bình", now=utc_now(), text_vi=words)
    wait_for(lambda: words in told(), what="the switch", every=0.2)
    assert words not in spoken(new_client().say("đăng ký kết hôn cần giấy tờ gì"))
    switch_on(sessions, fee, reason="đã sửa", by="Bình", now=utc_now())
    wait_for(lambda: words not in told(), what="the switch back", every=0.2)


def test_the_handoff_is_a_record_with_a_reason(product: Settings, new_client: Callable[[], WebchatClient]) -> None:
    client = new_client()
    client.say("đăng ký kết hôn cần giấy tờ gì")
    client.say("tôi muốn nói chuyện với người thật")
    with sqlite3.connect(product.database_url.removeprefix("sqlite:///")) as ledger:
        rows = ledger.execute("select reason, state, summary from handoff order by id desc limit 1").fetchall()
    assert rows[0][:2] == ("asked", "waiting")
    assert "1.000894" in rows[0][2]


def test_every_message_has_an_outcome(product: Settings, new_client: Callable[[], WebchatClient]) -> None:
    client = new_client()
    for text in ("🙂", "a" * 1999, "khai sinh " * 100, "a\u0000\u200bb", "' OR 1=1 --", "<script>alert(1)</script>"):
        client.say(text)
    with sqlite3.connect(product.database_url.removeprefix("sqlite:///")) as ledger:
        without = ledger.execute("select count(*) from inbound where outcome is null").fetchone()
        failed = ledger.execute("select count(*) from inbound where outcome = 'failed_and_told'").fetchone()
    assert without == (0,)
    assert failed == (0,)
