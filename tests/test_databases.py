"""The databases that tests use one after the other are as new for each of them."""

from pathlib import Path

import psycopg
import pytest
from sqlalchemy import create_engine, make_url, text

from tests.databases import KeptPostgres, migrated_sqlite, shape_at_once

NEXT_NUMBER = "SELECT nextval(pg_get_serial_sequence('inbound', 'id'))"


def connected(url: str) -> psycopg.Connection[tuple[object, ...]]:
    return psycopg.connect(make_url(url).set(drivername="postgresql").render_as_string(hide_password=False))


@pytest.mark.postgres
def test_what_one_test_left_the_next_does_not_find() -> None:
    kept = KeptPostgres(migrated=True)
    try:
        with kept.lent() as first:
            left = connected(first)
            left.execute("INSERT INTO audit_head (name, number, hash) VALUES ('left', 1, 'x')")
            left.execute(NEXT_NUMBER)
            left.commit()
            left.execute("LOCK TABLE audit_head")
        left.close()
        with kept.lent() as second, connected(second) as link:
            assert second == first
            assert link.execute("SELECT count(*) FROM audit_head WHERE name = 'left'").fetchone() == (0,)
            assert link.execute(NEXT_NUMBER).fetchone() == (1,)
            link.execute("ALTER TABLE audit_head ADD COLUMN more integer")
        with kept.lent() as third:
            assert third != second
    finally:
        kept.drop()


def test_a_shape_given_at_once_is_that_of_the_migrations(tmp_path: Path) -> None:
    found = []
    for name in ("migrated", "at once"):
        path = tmp_path / f"{name}.sqlite3"
        url = migrated_sqlite(path) if name == "migrated" else f"sqlite:///{path}"
        engine = create_engine(url)
        with engine.begin() as link:
            if name == "at once":
                assert not shape_at_once(link, "another")
                revision = found[0][1]
                assert shape_at_once(link, revision)
            shape = link.execute(text("SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY 1, 2")).all()
            found.append((shape, link.execute(text("SELECT version_num FROM alembic_version")).scalar_one()))
        engine.dispose()
    assert found[0] == found[1]
    assert len(found[0][0]) > 100
