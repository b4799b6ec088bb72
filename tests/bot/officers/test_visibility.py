"""Which conversations an account may see, and who reads a number in clear, on both databases."""

import pytest

from bot.accounts.permissions import Role
from bot.accounts.scope import ALL_AGENCIES, AgencyScope
from bot.accounts.view import AccountView
from bot.officers.taking import claim_conversation, forward_to_team
from bot.officers.visibility import may_see, owning_officer
from tests.bot.officers.office import LAN, Office


def account(*agencies: str, login: str = "lan", role: Role = Role.OFFICER, everything: bool = False) -> AccountView:
    scope = ALL_AGENCIES if everything else AgencyScope.of(agencies)
    return AccountView(login, login, login, None, (role,), scope, True, True, False, True, False)


def sees(office: Office, who: AccountView, conversation: str) -> bool:
    with office.sessions() as session:
        return may_see(session, who, conversation, office.teams)


@pytest.fixture
def waiting(office: Office) -> str:
    """Waits for the department of justice."""
    office.member("so-tu-phap", "ai-do")
    conversation = office.citizen()
    office.asks_for_person(conversation, deciding_agency="so-tu-phap")
    return conversation


def test_the_agencys_officers_its_members_and_who_works_for_all_see_it_and_nobody_else(office: Office, waiting: str) -> None:
    assert sees(office, account("so-tu-phap"), waiting)
    assert sees(office, account(everything=True), waiting)
    assert sees(office, account(login="ai-do"), waiting)
    assert not sees(office, account("so-xay-dung", "tthcc-tinh"), waiting)
    assert not sees(office, account(), waiting)
    assert not sees(office, account(everything=True), "there-is-none")


def test_what_was_passed_on_is_seen_by_the_new_team_and_no_longer_by_the_old(office: Office, waiting: str) -> None:
    claim_conversation(office.sessions, waiting, LAN, office.clock())
    assert sees(office, account("so-xay-dung"), waiting)
    forward_to_team(office.sessions, waiting, LAN, office.teams.by_id["so-xay-dung"], office.clock())
    assert sees(office, account("so-xay-dung", login="binh"), waiting)
    assert not sees(office, account("so-tu-phap"), waiting)


def test_a_number_is_read_by_the_owner_while_the_lease_lasts(office: Office, waiting: str) -> None:
    rule = owning_officer(office.clock)

    def reads(login: str) -> bool:
        with office.sessions() as session:
            return rule(session, account(login=login, everything=True), waiting)

    assert not reads("lan")
    claim_conversation(office.sessions, waiting, LAN, office.clock())
    assert (reads("lan"), reads("hoa")) == (True, False)
    office.clock.move(minutes=6)
    assert not reads("lan")
