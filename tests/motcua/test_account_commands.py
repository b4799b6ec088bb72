"""``motcua accounts`` and ``motcua audit``, and the accounts of a local trial."""

import json
import stat
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from typer.testing import CliRunner

from bot.officers.members import members_by_team
from bot.settings import Settings
from bot.storage.database import open_database, writing
from motcua import stack
from motcua.cli import app
from motcua.demo_accounts import demo_file, ensure_demo_accounts, read_demo_accounts
from motcua.welcome import welcome_lines
from tests.bot.accounts.test_audit import change_behind_the_log
from tests.databases import one_ledger

RUN = CliRunner()


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    made = Settings(
        database_url=one_ledger(tmp_path / "ledger.sqlite3"),
        var_dir=tmp_path,
        engine_secret="x",
        ledger_key=Fernet.generate_key().decode(),
        web_session_secret="x" * 40,
    )
    monkeypatch.setattr(stack, "load_settings", lambda: made)
    return made


def run(*arguments: str, typed: str | None = None) -> tuple[int, str]:
    result = RUN.invoke(app, list(arguments), input=typed)
    return result.exit_code, result.output


@pytest.mark.usefixtures("settings")
def test_the_first_administrator_gets_a_link() -> None:
    code, output = run("accounts", "add", "chu", "--role", "administrator", "--role", "auditor")
    assert code == 0
    assert "http://127.0.0.1:8081/setup/" in output
    assert "administrator, auditor" in run("accounts", "list")[1]
    assert run("accounts", "add", "chu", "--role", "officer") == (1, "Tên đăng nhập này đã có người dùng.\n")


@pytest.mark.usefixtures("settings")
def test_a_password_may_come_from_standard_input_and_must_be_strong() -> None:
    assert run("accounts", "add", "lan", "--role", "officer", "--password-stdin", typed="ngắn\n")[0] == 1
    code, output = run("accounts", "add", "lan", "--role", "officer", "--password-stdin", typed="một câu dài dễ nhớ\n")
    assert code == 0
    assert "/setup/" not in output
    assert "câu dài" not in output


@pytest.mark.usefixtures("settings")
def test_who_is_locked_out_is_helped_and_every_act_is_in_the_log() -> None:
    run("accounts", "add", "lan", "--role", "officer", "--agency", "tthcc-xa")
    for act in ("block", "unblock", "reset-totp", "setup-link"):
        assert run("accounts", act, "lan")[0] == 0
        assert run("accounts", act, "nobody") == (1, "Không có tài khoản này.\n")
    assert run("accounts", "add", "minh", "--role", "officer", "--agency", "made-up")[0] == 1
    assert "nguyên vẹn: 5 dòng" in run("audit", "verify")[1]


def test_a_changed_log_ends_with_1(settings: Settings) -> None:
    run("accounts", "add", "lan", "--role", "officer")
    with writing(open_database(settings.database_url).sessions) as session:
        change_behind_the_log(session, "UPDATE audit_entry SET details = '{}'")
    code, output = run("audit", "verify")
    assert code == 1
    assert "KHÔNG nguyên vẹn ở dòng số 1" in output


def test_a_local_trial_has_an_account_per_role_once(settings: Settings) -> None:
    assert ensure_demo_accounts(settings) == "made"
    first = read_demo_accounts(settings)
    told_once = "\n".join(welcome_lines(settings, 1, demo_accounts="made"))
    assert all(one.login in told_once and one.password in told_once for one in first)
    assert not any(one.totp_secret in told_once for one in first)
    assert {one.role for one in first} == {"officer", "supervisor", "trainer", "administrator", "auditor"}
    assert stat.S_IMODE(demo_file(settings).stat().st_mode) == 0o600
    assert ensure_demo_accounts(settings) == "there"
    assert read_demo_accounts(settings) == first
    code, output = run("accounts", "code", "demo-officer")
    assert code == 0
    assert len(output.strip()) == 6
    assert run("accounts", "code", "chu")[0] == 1
    told = "\n".join(welcome_lines(settings, 1, demo_accounts="there"))
    assert str(demo_file(settings)) in told
    assert not any(one.password in told or one.totp_secret in told for one in first)


def test_officers_of_three_agencies_work_in_their_teams_and_nobody_is_the_only_trainer(settings: Settings) -> None:
    ensure_demo_accounts(settings)
    with open_database(settings.database_url).sessions() as session:
        teams = {team: [row.account for row in rows] for team, rows in members_by_team(session).items()}
    assert teams == {"tthcc-tinh": ["demo-officer"], "cong-an-tinh": ["demo-officer-police"], "dat-dai": ["demo-officer-land"]}
    assert [one.role for one in read_demo_accounts(settings)].count("trainer") == 2


def test_in_production_no_account_is_made(settings: Settings) -> None:
    assert ensure_demo_accounts(settings.model_copy(update={"platform_simulators": False})) == "none"
    assert "administrator" in "\n".join(welcome_lines(settings.model_copy(update={"platform_simulators": False}), 1))


def test_no_account_is_made_beside_those_that_are_there(settings: Settings) -> None:
    run("accounts", "add", "chu", "--role", "administrator")
    assert ensure_demo_accounts(settings) == "none"
    assert not demo_file(settings).exists()


@pytest.mark.parametrize("content", ["", "[]", "{", "[1]", '[{"login": "x"}]', json.dumps({"a": 1})])
def test_a_spoilt_file_of_the_trial_is_read_as_none(settings: Settings, content: str) -> None:
    demo_file(settings).write_text(content)
    assert read_demo_accounts(settings) == []
