"""Real processes on one ledger: whatever their timing, the refresh token is used once."""

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.storage.database import Database
from connectors.zalo.oauth import TokenPair
from connectors.zalo.token_store import TokenStore
from tests.connectors.harness import served
from tests.connectors.zalo.channels import KEY
from tests.connectors.zalo.fake_zalo import APP_SECRET, FakeZalo
from tests.connectors.zalo.recorded import IDS

ROOT = Path(__file__).resolve().parents[3]
SENDS = 10

# Waits for a line on its standard input, so that all processes begin at one moment.
SENDER = """
import asyncio, sys
from bot.settings import Settings
from bot.storage.database import open_database
from connectors.channel import PlatformCall
from connectors.zalo.setup import zalo_channel

async def main(name, count):
    settings = Settings()
    database = open_database(settings.database_url)
    channel = zalo_channel(settings, database.sessions)
    calls = [PlatformCall("message", {"message": {"text": f"{name} {n}"}, "fallback": []}) for n in range(count)]
    print("ready", flush=True)
    sys.stdin.readline()
    await asyncio.gather(*(channel.send(call, "U", delivery_id=1, mode="free") for call in calls))
    await channel.aclose()
    database.engine.dispose()

asyncio.run(main(sys.argv[1], int(sys.argv[2])))
"""


def test_three_processes_with_an_ended_token_refresh_once_and_send_all(database: Database, database_url: str) -> None:
    zalo = FakeZalo()
    pair, ended = zalo.pair(), datetime.now(UTC) - timedelta(hours=26)
    zalo.valid.clear()
    store = TokenStore(database.sessions, KEY, IDS.oa_id)
    store.put_first(TokenPair(pair["access_token"], pair["refresh_token"], timedelta(hours=25)), ended)
    with served(zalo.app()) as address:
        environment = {
            "DATABASE_URL": database_url,
            "LEDGER_KEY": KEY,
            "PORTAL_TOKEN": "unused",
            "ENGINE_SECRET": "unused",
            "WEB_SESSION_SECRET": "unused",
            "ZALO_APP_ID": IDS.app_id,
            "ZALO_APP_SECRET": APP_SECRET,
            "ZALO_OA_ID": IDS.oa_id,
            "ZALO_OA_SECRET_KEY": "unused",
            "ZALO_API_URL": address,
            "ZALO_OAUTH_URL": address,
        }
        names = ["một", "hai", "ba"]
        senders = [
            subprocess.Popen(
                [sys.executable, "-c", SENDER, name, str(SENDS)],
                cwd=ROOT,
                env=environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                encoding="utf-8",
            )
            for name in names
        ]
        for sender in senders:
            assert sender.stdout is not None
            assert sender.stdout.readline() == "ready\n"
        for sender in senders:
            assert sender.stdin is not None
            sender.stdin.write("go\n")
            sender.stdin.flush()
        for sender in senders:
            sender.communicate(timeout=60)
            assert sender.returncode == 0
    assert zalo.refreshes == 1
    expected = sorted(f"{name} {number}" for name in names for number in range(SENDS))
    assert sorted(body["message"]["text"] for body in zalo.sent) == expected
