"""Whoever makes an SQLite ledger in a test says why: all others run on both databases, or on the one that TEST_LEDGER names."""

import re
from pathlib import Path

TESTS = Path(__file__).parent
MAKES_SQLITE = re.compile(r"\bmigrated_sqlite\(|\b(?:upgrade|open_database)\(f?\"sqlite:")
WHY = {
    "browser/running_gateway.py": "one product for all tests of the folder; the browser is what is tested",
    "browser/test_console.py": "one console for all tests of the file; the browser is what is tested",
    "bot/metrics/test_readiness.py": "the file cannot be opened, or its pool is used up: nothing of the database's kind",
    "bot/operations/test_ledger_collector.py": "a ledger that cannot be opened",
    "connectors/gateway/test_gateway_api.py": "one gateway for all generated requests",
    "connectors/gateway/test_gateway_health.py": "a locked file is SQLite's own failure; the server's is tested beside it",
    "connectors/gateway/test_headers.py": "one gateway for all addresses of its pages",
    "connectors/gateway/test_paused_filing.py": "one of its tests asks a ledger without tables; the others ask `one_ledger`",
    "connectors/gateway/test_typing_dots.py": "the ledger is asked for nothing; the platform is what is slow",
    "connectors/honesty/conftest.py": "one assistant for all tests of the folder",
    "connectors/public_pages/test_service_state.py": "a ledger that cannot be opened",
    "databases.py": "makes them for all others",
    "motcua/test_migrate_command.py": "says where the file lies",
    "motcua/test_training_data_commands.py": "says where the file lies",
    "motcua/vendor/test_hostile_packs.py": "one pack for all tests of the file; packs go through both databases beside it",
    "security/test_secrets.py": "one ledger for all tests of the file; secrets are what is tested",
    "test_databases.py": "the shape of SQLite ledgers is compared",
}


def test_every_ledger_on_sqlite_alone_has_a_reason() -> None:
    found = {
        path.relative_to(TESTS).as_posix()
        for path in TESTS.rglob("*.py")
        if path != Path(__file__) and MAKES_SQLITE.search(path.read_text(encoding="utf-8"))
    }
    assert found == WHY.keys(), "use `database` (both databases) or `one_ledger` of tests/databases.py, or say here why not"
