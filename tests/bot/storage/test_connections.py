"""What all processes may hold of a PostgreSQL server's connections, counted and compared with what it has."""

from typing import Any

import pytest

from bot.settings import Settings
from bot.storage.connections import Room, ledger_of, room, server_settings, shares
from motcua.doctor import check_autovacuum, check_connections

SERVER = "postgresql://motcua@db/motcua"


def given(**values: Any) -> Settings:
    secrets = {"engine_secret": "x", "ledger_key": "x", "web_session_secret": "x"}
    return Settings(**(secrets | {"database_url": SERVER, "tracker_url": "postgresql://motcua@db/tracker"} | values))


def test_a_server_as_debian_sets_it_up_has_room_for_the_product_with_its_defaults() -> None:
    wanted = sum(shares(given()).values())
    assert Room(wanted, 100 - 3).fits, wanted


def test_every_setting_that_makes_more_connections_is_counted() -> None:
    few, many = shares(given()), shares(given(database_pool_size=20, database_pool_overflow=5))
    assert {name: many[name] - few[name] for name in few if many[name] != few[name]} == dict.fromkeys(
        ("gateway", "worker", "sender", "console"), 18
    )
    engines = shares(given(engine_processes=3, redis_url="redis://r"))["engines"]
    assert engines == 3 * few["engines"]
    assert "sender" not in shares(given(channels=""))
    assert "engines" not in shares(given(tracker_url="postgresql://motcua@elsewhere/tracker"))
    assert "engines" not in shares(given(tracker_url=None))


def test_the_ledger_of_a_process_has_the_pool_of_the_settings() -> None:
    pool: Any = ledger_of(given(database_pool_size=2, database_pool_overflow=0)).engine.pool
    assert (pool.size(), pool.most) == (2, 2)


def test_the_server_is_asked_what_it_has(database_url: str) -> None:
    found = room(given(database_url=database_url))
    if database_url.startswith("sqlite"):
        assert found is None
    else:
        assert found is not None
        assert found.allowed < found.most


@pytest.mark.parametrize(("most", "level"), [(1000, "ok"), (80, "warning"), (20, "error")])
def test_the_doctor_says_when_there_is_no_room(monkeypatch: pytest.MonkeyPatch, most: int, level: str) -> None:
    monkeypatch.setattr("motcua.doctor.room", lambda settings: Room(sum(shares(settings).values()), most))
    assert [finding.level for finding in check_connections(given())] == [level]


@pytest.mark.parametrize(("says", "levels"), [(("on",), ["ok"]), (("off",), ["error"]), (None, [])])
def test_the_doctor_says_when_dead_rows_are_never_cleared_away(
    monkeypatch: pytest.MonkeyPatch, says: tuple[str, ...] | None, levels: list[str]
) -> None:
    monkeypatch.setattr("motcua.doctor.server_settings", lambda _settings, *_names: says)
    assert [finding.level for finding in check_autovacuum(given())] == levels


def test_the_server_says_how_it_is_set(database_url: str) -> None:
    found = server_settings(given(database_url=database_url), "autovacuum", "fsync")
    assert found is None if database_url.startswith("sqlite") else found is not None and set(found) <= {"on", "off"}


def test_nothing_is_said_of_a_server_behind_a_pooler_or_one_that_does_not_answer() -> None:
    assert room(given(database_url=f"{SERVER}?pooler=transaction")) is None
    assert room(given(database_url="postgresql://motcua@127.0.0.1:1/motcua")) is None
