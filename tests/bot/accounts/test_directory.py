"""Accounts on both databases: what two people do at the same moment."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from bot.accounts.audit import OPERATOR
from bot.accounts.directory import AccountDetails, AccountError
from bot.accounts.permissions import Role
from tests.bot.accounts.conftest import PASSWORD, Office

DETAILS = AccountDetails("Lan", "Lan@Bacninh.example", (Role.OFFICER,), False, ("tthcc-xa",))


def test_two_administrators_cannot_block_each_other_at_the_same_moment(everywhere: Office) -> None:
    office = everywhere
    one, two = office.add("mot", Role.ADMINISTRATOR), office.add("hai", Role.ADMINISTRATOR)

    def block(pair: tuple[int, int]) -> bool:
        both = (one, two)
        try:
            office.accounts.block(both[pair[0]].actor, both[pair[1]].id)
        except AccountError:
            return False
        return True

    with ThreadPoolExecutor(2) as pool:
        assert sum(pool.map(block, [(0, 1), (1, 0)])) == 1
    assert [account.active for account in office.accounts.all()].count(True) == 1


def test_a_name_is_given_once_however_many_ask(everywhere: Office) -> None:
    office = everywhere

    def add(_: int) -> str:
        try:
            office.accounts.add(OPERATOR, "lan", AccountDetails("Lan", None, (), True, ()))
        except AccountError as error:
            return error.reason
        return "added"

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(add, range(4))) == ["added", *["login_taken"] * 3]


def test_an_address_belongs_to_one_account(everywhere: Office) -> None:
    office = everywhere
    account, _ = office.accounts.add(OPERATOR, "lan", DETAILS)
    assert account.email == "lan@bacninh.example"
    with pytest.raises(AccountError, match="email_taken"):
        office.accounts.add(OPERATOR, "minh", DETAILS)
    other = office.add("minh", Role.OFFICER)
    with pytest.raises(AccountError, match="email_taken"):
        office.accounts.change(OPERATOR, other.id, DETAILS)
    assert office.accounts.change(OPERATOR, account.id, DETAILS).scope.agencies == {"tthcc-xa"}


def test_a_set_up_link_used_twice_at_the_same_moment_sets_one_password(everywhere: Office) -> None:
    office = everywhere
    _, token = office.accounts.add(OPERATOR, "lan", DETAILS)
    assert token is not None

    def use(number: int) -> bool:
        try:
            office.accounts.use_setup_link(token, f"{PASSWORD} {number}")
        except AccountError:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(use, range(4))) == 1


def test_the_last_administrator_keeps_the_role(office: Office) -> None:
    account = office.add("chu", Role.ADMINISTRATOR)
    with pytest.raises(AccountError, match="last_administrator"):
        office.accounts.change(OPERATOR, account.id, DETAILS)
    with pytest.raises(AccountError, match="last_administrator"):
        office.accounts.block(OPERATOR, account.id)
