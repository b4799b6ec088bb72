"""Roles, permissions and agencies."""

import pytest
from sqlalchemy import Column, MetaData, String, Table, create_engine, insert, select

from bot.accounts.permissions import ROLE_PERMISSIONS, Permission, Role, known_roles, permissions_of
from bot.accounts.scope import ALL_AGENCIES, AgencyScope, agency_names
from bot.settings import PROJECT_ROOT

TABLE = Table("ticket", MetaData(), Column("agency", String))


@pytest.mark.parametrize(
    ("scope", "seen"),
    [
        (ALL_AGENCIES, ["a", "b", None]),
        (AgencyScope.of(["a"]), ["a"]),
        (AgencyScope.of(["a", "c"]), ["a"]),
        (AgencyScope(), []),
    ],
)
def test_the_clause_and_the_question_agree(scope: AgencyScope, seen: list[str | None]) -> None:
    engine = create_engine("sqlite://")
    with engine.begin() as connection:
        TABLE.create(connection)
        connection.execute(insert(TABLE), [{"agency": "a"}, {"agency": "b"}, {"agency": None}])
        found = list(connection.execute(select(TABLE.c.agency).where(scope.condition(TABLE.c.agency))).scalars())
    engine.dispose()
    assert found == seen
    assert [agency for agency in ("a", "b", None) if scope.allows(agency)] == seen


def test_every_role_has_rights_and_every_right_has_a_role() -> None:
    assert set(ROLE_PERMISSIONS) == set(Role)
    assert permissions_of(Role) == set(Permission)


def test_who_gives_rights_or_trains_sees_no_private_number() -> None:
    for role in (Role.TRAINER, Role.ADMINISTRATOR, Role.AUDITOR):
        assert Permission.PRIVATE_VALUES_REVEAL not in ROLE_PERMISSIONS[role]
        assert Permission.CONVERSATIONS_READ not in ROLE_PERMISSIONS[role]


def test_a_role_of_another_release_gives_nothing() -> None:
    assert known_roles(["officer", "emperor"]) == (Role.OFFICER,)
    assert permissions_of(known_roles(["emperor"])) == frozenset()


def test_the_agencies_of_the_catalogue_can_be_chosen() -> None:
    names = agency_names(PROJECT_ROOT / "data")
    assert names["tthcc-xa"] == "Trung tâm Phục vụ hành chính công xã, phường"
