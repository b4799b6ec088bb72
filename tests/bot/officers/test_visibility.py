"""Which conversations an account may see, and who reads a number in clear, on both databases."""

import pytest

from bot.accounts.permissions import Role
from bot.accounts.scope import ALL_AGENCIES, AgencyScope
from bot.accounts.view import AccountView
from bot.officers.taking import claim_conversation, close_conversation, forward_to_team
from bot.officers.visibility import may_see, owning_officer, sight_of
from tests.bot.officers.office import LAN, Office


def account(*agencies: str, login: str = "lan", role: Role = Role.OFFICER, everything: bool = False) -> AccountView:
    scope = ALL_AGENCIES if everything else AgencyScope.of(agencies)
    return AccountView(login, login, login, None, (role,), scope, True, True, False, True, False)


def sees(office: Office, who: AccountView, conversation: str) -> bool:
    with office.sessions() as session:
        return may_see(session, sight_of(session, who, office.teams), conversation)


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


def test_who_finished_it_goes_on_seeing_it_until_somebody_else_is_asked(office: Office, waiting: str) -> None:
    passing_by = account("so-xay-dung")
    claim_conversation(office.sessions, waiting, LAN, office.clock())
    close_conversation(office.sessions, waiting, LAN, "solved", office.clock())
    assert sees(office, passing_by, waiting)
    assert not sees(office, account("so-xay-dung", login="binh"), waiting)
    office.clock.move(days=9)
    office.writes(waiting, "còn việc nữa")
    office.turn()
    office.asks_for_person(waiting, deciding_agency="so-tu-phap")
    assert not sees(office, passing_by, waiting)


def test_who_trains_sees_all_where_numbers_are_masked_and_only_there(office: Office, waiting: str) -> None:
    with office.sessions() as session:
        for role, sees_all in ((Role.TRAINER, True), (Role.OFFICER, False), (Role.SUPERVISOR, False)):
            sight = sight_of(session, account("so-xay-dung", role=role), office.teams, masked=True)
            assert may_see(session, sight, waiting) is sees_all, role
        assert not may_see(session, sight_of(session, account("so-xay-dung", role=Role.TRAINER), office.teams), waiting)


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
