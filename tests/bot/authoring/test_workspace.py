"""The Git workspace: what it is made of, who a change belongs to, and what becomes of changes that meet."""

import subprocess
import threading
from datetime import timedelta
from pathlib import Path

import pytest

from bot.authoring.git import Signature
from bot.authoring.workspace import ConflictError, NothingToSaveError, Workspace, WorkspaceError
from tests.bot.authoring.conftest import FEE, GREET, LAN, MINH, NOON, Project

FEE_PATH, GREET_PATH = "data/nlu/ask_fee.yml", "data/nlu/greet.yml"


def with_example(text: str, example: str) -> str:
    return text + f"    - {example}\n"


def test_begins_as_shipped_without_the_sets_that_measure(workspace: Workspace) -> None:
    assert workspace.files() == [
        "config.yml",
        GREET_PATH.replace("greet", "ask_fee"),
        GREET_PATH,
        "data/rules/rules.yml",
        "domain/domain.yml",
    ]
    assert workspace.read(FEE_PATH) == FEE
    (first,) = workspace.log()
    assert (first.title, first.login) == ("shipped", "motcua")


def test_a_change_is_a_commit_with_the_trainer_s_name_and_no_real_address(workspace: Workspace) -> None:
    base = workspace.head()
    sha = workspace.commit_change(base, {FEE_PATH: with_example(FEE, "phí ra sao")}, LAN, "Thêm câu hỏi lệ phí\n\nVì hay gặp")
    commit = workspace.log(FEE_PATH)[0]
    assert (commit.sha, commit.author, commit.login) == (sha, "Nguyễn Thị Lan", "lan")
    assert (commit.title, commit.reason, commit.at) == ("Thêm câu hỏi lệ phí", "Vì hay gặp", NOON)
    assert "+    - phí ra sao" in workspace.diff(base, sha)
    assert workspace.read(FEE_PATH, base) == FEE


def test_a_name_cannot_forge_another_line_of_the_commit(workspace: Workspace) -> None:
    odd = Signature("Lan\n<x>\ndata 3", "lan@real.example\n", NOON)
    workspace.commit_change(workspace.head(), {FEE_PATH: with_example(FEE, "phí ra sao")}, odd, "Thêm")
    commit = workspace.log()[0]
    assert (commit.author, commit.login) == ("Lanxdata 3", "lanreal.example")


def test_two_trainers_who_add_to_one_intent_at_once_both_keep_their_lines(workspace: Workspace) -> None:
    base = workspace.head()
    workspace.commit_change(base, {FEE_PATH: with_example(FEE, "câu của Lan")}, LAN, "Lan")
    workspace.commit_change(base, {FEE_PATH: with_example(FEE, "câu của Minh")}, MINH, "Minh")
    assert workspace.read(FEE_PATH) == FEE + "    - câu của Lan\n    - câu của Minh\n"


def test_the_same_line_added_twice_stands_once(workspace: Workspace) -> None:
    base = workspace.head()
    workspace.commit_change(base, {FEE_PATH: with_example(FEE, "một câu")}, LAN, "Lan")
    with pytest.raises(NothingToSaveError):
        workspace.commit_change(base, {FEE_PATH: with_example(FEE, "một câu")}, MINH, "Minh")


def test_neighbouring_lines_changed_and_removed_by_two_people_merge(workspace: Workspace) -> None:
    base = workspace.head()
    workspace.commit_change(base, {FEE_PATH: FEE.replace("mất bao nhiêu tiền", "tốn bao nhiêu tiền")}, LAN, "Lan")
    workspace.commit_change(base, {FEE_PATH: FEE.replace("    - có mất phí không\n", "")}, MINH, "Minh")
    assert workspace.read(FEE_PATH) == FEE.replace("mất bao nhiêu", "tốn bao nhiêu").replace("    - có mất phí không\n", "")


def test_the_same_line_changed_by_two_people_is_a_conflict_with_both_versions_and_nothing_written(workspace: Workspace) -> None:
    base = workspace.head()
    ours, theirs = FEE.replace("mất bao", "tốn bao"), FEE.replace("mất bao", "hết bao")
    head = workspace.commit_change(base, {FEE_PATH: ours}, LAN, "Lan")
    with pytest.raises(ConflictError) as raised:
        workspace.commit_change(base, {FEE_PATH: theirs, GREET_PATH: with_example(GREET, "alo")}, MINH, "Minh")
    (conflict,) = raised.value.conflicts
    assert (conflict.path, conflict.base, conflict.now, conflict.wanted) == (FEE_PATH, FEE, ours, theirs)
    assert conflict.places == (("    - tốn bao nhiêu tiền\n", "    - hết bao nhiêu tiền\n"),)
    assert workspace.head() == head


def test_a_line_removed_by_one_and_changed_by_another_is_a_conflict(workspace: Workspace) -> None:
    base = workspace.head()
    workspace.commit_change(base, {FEE_PATH: FEE.replace("    - mất bao nhiêu tiền\n", "")}, LAN, "Lan")
    with pytest.raises(ConflictError):
        workspace.commit_change(base, {FEE_PATH: FEE.replace("mất bao", "hết bao")}, MINH, "Minh")


def test_writers_at_the_same_moment_lose_nothing(workspace: Workspace, tmp_path: Path, project: Project) -> None:
    base = workspace.head()
    faults: list[Exception] = []

    def add(number: int) -> None:
        try:
            own = Workspace(tmp_path / "workspace", project.write())
            own.commit_change(base, {FEE_PATH: with_example(FEE, f"câu số {number}")}, LAN, f"Câu {number}")
        except Exception as error:  # noqa: BLE001 (shown by the test)
            faults.append(error)

    threads = [threading.Thread(target=add, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    assert {f"    - câu số {number}" for number in range(4)} <= set(workspace.read(FEE_PATH).splitlines())


def test_a_proposal_committed_once_is_not_committed_again(workspace: Workspace) -> None:
    base = workspace.head()
    files: dict[str, str | None] = {FEE_PATH: with_example(FEE, "phí ra sao")}
    sha = workspace.commit_change(base, files, LAN, "Thêm", proposal=12)
    assert workspace.commit_change(base, files, LAN, "Thêm", proposal=12) == sha
    assert [commit.proposal for commit in workspace.log()] == [12, None]
    assert workspace.commit_change(base, {GREET_PATH: with_example(GREET, "alo")}, LAN, "Thêm", proposal=1) != sha


@pytest.mark.parametrize(
    "path",
    [
        "../x.yml",
        "data/../../x",
        "/etc/passwd",
        "data/.git/config",
        "data/nlu/a b.yml",
        "data/nlu/a\nM 1",
        ".git/hooks/x",
        "bot/x.py",
    ],
    ids=range(8),
)
def test_files_outside_the_project_are_refused(workspace: Workspace, path: str) -> None:
    with pytest.raises(WorkspaceError):
        workspace.commit_change(workspace.head(), {path: "x"}, LAN, "x")
    with pytest.raises(WorkspaceError):
        workspace.read(path)


@pytest.mark.parametrize("commit", ["main", "--output=x", "0" * 40, "HEAD~1"])
def test_only_commits_that_are_there_are_read(workspace: Workspace, commit: str) -> None:
    with pytest.raises(WorkspaceError):
        workspace.read(FEE_PATH, commit)


def test_nothing_in_the_repository_or_the_machine_s_settings_is_run(workspace: Workspace, tmp_path: Path) -> None:
    base = workspace.head()
    hook = tmp_path / "workspace" / "hooks" / "reference-transaction"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\n")
    hook.chmod(0o755)
    workspace.commit_change(base, {FEE_PATH: with_example(FEE, "phí ra sao")}, LAN, "Thêm")
    assert not (tmp_path / "ran").exists()


def test_a_later_release_is_merged_with_what_trainers_did(workspace: Workspace, project: Project, tmp_path: Path) -> None:
    workspace.commit_change(workspace.head(), {FEE_PATH: with_example(FEE, "câu của Lan")}, LAN, "Lan")
    later = Workspace(
        tmp_path / "workspace", project.write(ask_fee=FEE.replace("lệ phí bao", "lệ phí là bao"), greet=GREET + "    - alo\n")
    )
    taken = later.take_in_release(NOON + timedelta(days=1))
    assert taken is not None
    assert taken.conflicts == ()
    assert later.read(FEE_PATH) == FEE.replace("lệ phí bao", "lệ phí là bao") + "    - câu của Lan\n"
    assert later.read(GREET_PATH) == GREET + "    - alo\n"
    assert later.take_in_release(NOON) is None


def test_a_release_that_contradicts_a_trainer_keeps_the_trainer_s_line_and_lists_it(
    workspace: Workspace, project: Project, tmp_path: Path
) -> None:
    workspace.commit_change(workspace.head(), {FEE_PATH: FEE.replace("mất bao", "tốn bao")}, LAN, "Lan")
    later = Workspace(tmp_path / "workspace", project.write(ask_fee=FEE.replace("mất bao", "hết bao").replace("lệ phí", "phí")))
    taken = later.take_in_release(NOON)
    assert taken is not None
    assert [conflict.path for conflict in taken.conflicts] == [FEE_PATH]
    assert "tốn bao nhiêu" in later.read(FEE_PATH)
    shipped = subprocess.run(
        ["git", f"--git-dir={tmp_path}/workspace", "show", f"main:{FEE_PATH}"], capture_output=True, check=True
    )
    assert "hết bao nhiêu" in shipped.stdout.decode()


def test_export_is_a_plain_folder_and_never_mixes_with_another(workspace: Workspace, tmp_path: Path) -> None:
    workspace.export(workspace.head(), tmp_path / "out")
    assert (tmp_path / "out" / FEE_PATH).read_text(encoding="utf-8") == FEE
    with pytest.raises(WorkspaceError):
        workspace.export(workspace.head(), tmp_path / "out")
