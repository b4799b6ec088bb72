"""What people edit with: drafts that gather, releases that contradict, labels on their way into the data."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from bot.accounts.audit import Actor
from bot.authoring.checking import Checker
from bot.authoring.desk import Authoring, NotKeptError
from bot.authoring.git import Signature
from bot.authoring.importing import ImportRefusedError
from bot.authoring.kinds import Kind
from bot.authoring.labels import example_line
from bot.authoring.proposals import Person, ProposalRefusedError
from bot.authoring.workspace import Workspace
from bot.labelling.settled import LabelledEntity, SettledExample
from bot.storage.database import Database, writing
from tests.bot.authoring.conftest import FEE, NOON, Project
from tests.bot.labelling.labelled import add_item, add_label
from tests.moving_clock import MovingClock

LAN = Person("lan", "Nguyễn Thị Lan", Actor("1" * 32, "lan"))
FEE_PATH = "data/nlu/ask_fee.yml"


class ContentRasa(Checker):
    """Rasa's own check, which takes seconds, is content here."""

    def _ask_rasa(self, proposals: Any, number: int, revision: int, head: str, faults: Any, _texts: Any) -> None:
        proposals.note_checks(number, revision, "passed", faults, head=head)


def made(database: Database, workspace: Workspace, project: Project) -> Authoring:
    """Authoring over the tiny project."""
    clock = MovingClock(NOON)
    return Authoring(workspace, database.sessions, ContentRasa(workspace, project.root / "data", Path("none"), clock), clock)


@pytest.fixture
def authoring(database: Database, workspace: Workspace, project: Project) -> Iterator[Authoring]:
    running = made(database, workspace, project)
    yield running
    running.checker.finish()


def appended(line: str) -> Any:
    """An edit that adds a line to the intent."""

    def edit(texts: Mapping[str, str]) -> dict[str, str | None]:
        return {FEE_PATH: texts[FEE_PATH] + f"    - {line}\n"}

    return edit


def commit(authoring: Authoring, number: int) -> None:
    """Waits for the checks and commits."""
    authoring.checker._background.submit(lambda: None).result()
    authoring.proposals.submit(LAN, number)


def test_edits_gather_until_the_draft_is_done_and_the_next_begins_anew(authoring: Authoring) -> None:
    first = authoring.edit(LAN, Kind.EXAMPLES, "Một", appended("câu một"))
    assert authoring.edit(LAN, Kind.EXAMPLES, "Hai", appended("câu hai")) == first
    assert authoring.desk_of(LAN).texts[FEE_PATH] == FEE + "    - câu một\n    - câu hai\n"
    commit(authoring, first)
    assert authoring.workspace.read(FEE_PATH) == FEE + "    - câu một\n    - câu hai\n"
    assert authoring.edit(LAN, Kind.EXAMPLES, "Ba", appended("câu ba")) != first


def test_private_numbers_reach_no_table(authoring: Authoring) -> None:
    with pytest.raises(NotKeptError):
        authoring.edit(LAN, Kind.EXAMPLES, "Số", appended("gọi 0912345678"))
    assert authoring.proposals.listed() == []


def test_a_release_s_lines_that_contradict_wait_for_somebody_and_lose_nothing(
    authoring: Authoring, database: Database, project: Project, tmp_path: Path
) -> None:
    base = authoring.open()
    theirs = FEE.replace("mất bao", "tốn bao") + "    - câu của Lan\n"
    authoring.workspace.commit_change(base, {FEE_PATH: theirs}, Signature("Lan", "lan", NOON), "Lan")
    later = Workspace(tmp_path / "workspace", project.write(ask_fee=FEE.replace("mất bao", "hết bao")))
    after = made(database, later, project)
    assert later.read(FEE_PATH, after.open()) == theirs
    (row,) = after.proposals.listed(("draft",))
    assert (row.author_account, row.kind) == ("motcua", "release")
    number = after.take_over(LAN, after.proposals.read(row.id))
    assert after.proposals.read(number).files == {FEE_PATH: theirs.replace("tốn bao", "hết bao")}
    assert after.proposals.read(row.id).row.state == "withdrawn"
    after.checker.finish()


def test_settled_labels_become_one_proposal_and_come_back_when_it_is_withdrawn(authoring: Authoring, database: Database) -> None:
    with writing(database.sessions) as session:
        for text, intent in (("phí đổi bằng", "ask_fee"), ("lệ phí bao nhiêu", "ask_fee"), ("xin chào", "ask_fee")):
            add_label(session, add_item(session, text), intent)
    assert authoring.waiting_labels() == 3
    number = authoring.take_in_labels(LAN, "Nhãn")
    proposal = authoring.proposals.read(number)
    assert proposal.files == {FEE_PATH: FEE + "    - phí đổi bằng\n"}
    told = proposal.row.source["import"]
    assert (told["added"], told["folded"], told["contradiction"]) == (1, 1, 1)
    assert authoring.waiting_labels() == 1, "the contradiction waits for a trainer"
    with pytest.raises(ImportRefusedError):
        authoring.take_in_labels(LAN, "Nhãn")
    authoring.withdraw(LAN, number)
    assert authoring.waiting_labels() == 3


def test_a_labelled_message_is_written_with_its_entities_and_nothing_else_that_rasa_would_read() -> None:
    label = SettledExample(1, "/nộp ở [xã] Võ Cường nhé", "ask_place", (LabelledEntity("place", 12, 20),), None, "Lan")
    assert example_line(label) == "nộp ở (xã) [Võ Cường](place) nhé"


def test_the_first_commit_cannot_be_taken_back_and_a_refused_draft_is_no_desk(authoring: Authoring) -> None:
    head = authoring.open()
    with pytest.raises(ValueError, match="first commit"):
        authoring.revert(LAN, head, "Hoàn lại")
    number = authoring.edit(LAN, Kind.EXAMPLES, "Một", appended("câu một"))
    authoring.withdraw(LAN, number)
    assert authoring.desk_of(LAN).draft is None
    with pytest.raises(ProposalRefusedError, match="is_withdrawn"):
        authoring.withdraw(LAN, number)
