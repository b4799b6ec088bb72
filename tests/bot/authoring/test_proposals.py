"""Proposals: who may decide, that each approved one is one commit of its author, and that nothing is lost when two meet."""

from collections.abc import Mapping

import pytest
from sqlalchemy import select

from bot.accounts.audit import Actor, AuditFilter, audit_entries
from bot.authoring.faults import Fault
from bot.authoring.kinds import Kind, approving_permission, needs_second_person
from bot.authoring.proposals import Person, ProposalRefusedError, Proposals
from bot.authoring.workspace import ConflictError, Workspace
from bot.storage.authoring_models import WorkspaceTurn
from bot.storage.database import Database
from tests.bot.authoring.conftest import DOMAIN, FEE, NOON
from tests.moving_clock import MovingClock

LAN = Person("lan", "Nguyễn Thị Lan", Actor("1" * 32, "lan"))
MINH = Person("minh", "Trần Minh", Actor("2" * 32, "minh"))
FEE_PATH, DOMAIN_PATH = "data/nlu/ask_fee.yml", "domain/domain.yml"
ADDED = FEE + "    - phí ra sao\n"


class Verifier:
    """Stands for our checks of a merged result: keeps what it was asked about."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []
        self.asked: list[Mapping[str, str | None]] = []

    def __call__(self, merged: Mapping[str, str | None]) -> list[Fault]:
        self.asked.append(merged)
        return self.faults


@pytest.fixture
def verifier() -> Verifier:
    return Verifier()


@pytest.fixture
def proposals(database: Database, workspace: Workspace, verifier: Verifier) -> Proposals:
    return Proposals(database.sessions, workspace, verifier, MovingClock(NOON))


def drafted(proposals: Proposals, workspace: Workspace, person: Person, path: str, text: str, base: str | None = None) -> int:
    """A draft whose checks have passed."""
    base = base or workspace.head()
    number = proposals.draft(person, Kind.EXAMPLES, "Thêm câu", base, {path: text}, note="Hay gặp")
    proposals.note_checks(number, 1, "passed", [], head=base)
    return number


def test_examples_are_committed_by_their_author_once_the_checks_passed(
    proposals: Proposals, workspace: Workspace, database: Database
) -> None:
    number = drafted(proposals, workspace, LAN, FEE_PATH, ADDED)
    sha = proposals.submit(LAN, number)
    commit = workspace.log()[0]
    assert (commit.sha, commit.author, commit.login, commit.title) == (sha, "Nguyễn Thị Lan", "lan", "Thêm câu")
    assert (commit.reason, commit.proposal) == ("Hay gặp", number)
    assert workspace.read(FEE_PATH) == ADDED
    assert (proposals.read(number).row.state, proposals.read(number).row.commit_sha) == ("approved", sha)
    with database.sessions() as session:
        acts = [entry.act for entry in audit_entries(session, AuditFilter(act="training_data"))]
        assert acts == ["training_data.approved", "training_data.proposed"]
        assert session.scalars(select(WorkspaceTurn.head)).all() == [sha]


def test_answers_wait_for_another_person(proposals: Proposals, workspace: Workspace) -> None:
    number = drafted(proposals, workspace, LAN, DOMAIN_PATH, DOMAIN.replace("Kính chào Ông/Bà.", "Chào Ông/Bà."))
    assert proposals.submit(LAN, number) is None
    assert workspace.log()[0].title == "shipped"
    with pytest.raises(ProposalRefusedError, match="own_change"):
        proposals.approve(LAN, number, 1)
    proposals.approve(MINH, number, 1)
    commit = workspace.log()[0]
    assert (commit.author, "Approved-by: Trần Minh (minh)" in commit.reason) == ("Nguyễn Thị Lan", True)


def test_nothing_unchecked_is_submitted_and_a_changed_text_is_checked_anew(proposals: Proposals, workspace: Workspace) -> None:
    base = workspace.head()
    number = proposals.draft(LAN, Kind.EXAMPLES, "Thêm", base, {FEE_PATH: ADDED})
    with pytest.raises(ProposalRefusedError, match="not_checked"):
        proposals.submit(LAN, number)
    proposals.note_checks(number, 1, "passed", [], head=base)
    proposals.replace(LAN, number, 1, base, {FEE_PATH: ADDED + "    - thêm nữa\n"})
    proposals.note_checks(number, 1, "passed", [], head=base)  # a late answer about the older texts
    with pytest.raises(ProposalRefusedError, match="not_checked"):
        proposals.submit(LAN, number)


def test_a_change_after_submission_needs_a_new_look(proposals: Proposals, workspace: Workspace) -> None:
    number = drafted(proposals, workspace, LAN, DOMAIN_PATH, DOMAIN + "# a\n")
    proposals.submit(LAN, number)
    proposals.replace(LAN, number, 1, workspace.head(), {DOMAIN_PATH: DOMAIN + "# b\n"})
    with pytest.raises(ProposalRefusedError, match="changed_meanwhile"):
        proposals.approve(MINH, number, 1)
    with pytest.raises(ProposalRefusedError, match="not_checked"):
        proposals.approve(MINH, number, 2)


def test_a_refusal_has_a_reason_with_numbers_masked_and_others_cannot_take_the_change_back(
    proposals: Proposals, workspace: Workspace
) -> None:
    number = drafted(proposals, workspace, LAN, DOMAIN_PATH, DOMAIN + "# a\n")
    proposals.submit(LAN, number)
    with pytest.raises(ProposalRefusedError, match="no_reason"):
        proposals.refuse(MINH, number, "  ")
    with pytest.raises(ProposalRefusedError, match="not_yours"):
        proposals.withdraw(MINH, number)
    proposals.refuse(MINH, number, "Xem lại với chị Hoa 0912345678")
    row = proposals.read(number).row
    assert (row.state, row.decided_name) == ("refused", "Trần Minh")
    assert "0912345678" not in row.reason
    with pytest.raises(ProposalRefusedError, match="is_refused"):
        proposals.approve(MINH, number, 1)


def test_two_trainers_in_one_intent_both_get_their_commit(proposals: Proposals, workspace: Workspace, verifier: Verifier) -> None:
    base = workspace.head()
    first = drafted(proposals, workspace, LAN, FEE_PATH, FEE + "    - câu của Lan\n", base)
    second = drafted(proposals, workspace, MINH, FEE_PATH, FEE + "    - câu của Minh\n", base)
    proposals.submit(LAN, first)
    assert verifier.asked == []
    proposals.submit(MINH, second)
    both = FEE + "    - câu của Lan\n    - câu của Minh\n"
    assert verifier.asked == [{FEE_PATH: both}]
    assert workspace.read(FEE_PATH) == both
    assert [commit.login for commit in workspace.log()] == ["minh", "lan", "motcua"]


def test_what_only_the_merged_text_shows_stops_the_second(proposals: Proposals, workspace: Workspace, verifier: Verifier) -> None:
    base = workspace.head()
    first = drafted(proposals, workspace, LAN, FEE_PATH, ADDED, base)
    second = drafted(proposals, workspace, MINH, "data/nlu/more.yml", 'version: "3.1"\n', base)
    proposals.submit(LAN, first)
    verifier.faults = [Fault("data/nlu/more.yml", 3, "contradiction")]
    with pytest.raises(ProposalRefusedError, match="merged_faulty"):
        proposals.submit(MINH, second)
    assert proposals.read(second).row.state == "draft"


def test_a_conflict_leaves_the_proposal_as_it_was(proposals: Proposals, workspace: Workspace) -> None:
    base = workspace.head()
    first = drafted(proposals, workspace, LAN, FEE_PATH, FEE.replace("mất bao", "tốn bao"), base)
    second = drafted(proposals, workspace, MINH, FEE_PATH, FEE.replace("mất bao", "hết bao"), base)
    proposals.submit(LAN, first)
    with pytest.raises(ConflictError):
        proposals.submit(MINH, second)
    kept = proposals.read(second)
    assert (kept.row.state, kept.files[FEE_PATH]) == ("draft", FEE.replace("mất bao", "hết bao"))


def test_a_commit_whose_transaction_was_lost_is_found_again(proposals: Proposals, workspace: Workspace) -> None:
    base = workspace.head()
    number = drafted(proposals, workspace, LAN, FEE_PATH, ADDED, base)
    from tests.bot.authoring.conftest import LAN as signature

    sha = workspace.commit_change(base, {FEE_PATH: ADDED}, signature, "Thêm câu", proposal=number)
    assert proposals.submit(LAN, number) == sha
    assert len(workspace.log()) == 2


def test_the_paths_and_not_the_author_decide_who_must_approve() -> None:
    assert not needs_second_person(["data/nlu/ask_fee.yml", "domain/entities.yml"])
    for path in (
        "domain/responses.yml",
        "data/rules/a.yml",
        "data/stories/a.yml",
        "data/catalogue/aliases/thue.yml",
        "config.yml",
    ):
        assert needs_second_person(["data/nlu/ask_fee.yml", path]), path
    assert approving_permission(["data/catalogue/aliases/thue.yml"]).value == "catalogue.approve"
    assert approving_permission(["data/catalogue/aliases/thue.yml", "domain/responses.yml"]).value == "training_data.approve"
