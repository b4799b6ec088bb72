"""The databases that tests use one after the other are as new for each of them."""

import psycopg
import pytest
from sqlalchemy import make_url

from tests.databases import KeptPostgres

pytestmark = pytest.mark.postgres
NEXT_NUMBER = "SELECT nextval(pg_get_serial_sequence('inbound', 'id'))"


def connected(url: str) -> psycopg.Connection[tuple[object, ...]]:
    return psycopg.connect(make_url(url).set(drivername="postgresql").render_as_string(hide_password=False))


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
