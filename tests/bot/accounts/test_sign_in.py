"""Signing in: what opens a session, what does not, and how little a stranger learns."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select, text, update

from bot.accounts import passwords
from bot.accounts.attempts import TooManyAttemptsError
from bot.accounts.audit import OPERATOR, AuditFilter, audit_entries, verify_chain
from bot.accounts.passwords import WeakPasswordError
from bot.accounts.permissions import Role
from bot.accounts.sessions import Browser
from bot.accounts.sign_in import SignInRefusedError
from bot.storage.account_models import Account
from bot.storage.database import writing
from tests.bot.accounts.conftest import HERE, PASSWORD, Office
from tests.cheaper import SHIPPED_HASHER

ELSEWHERE = Browser("198.51.100.9", "Chrome")


def acts(office: Office) -> list[str]:
    with office.database.sessions() as session:
        return [entry.act for entry in reversed(audit_entries(session, AuditFilter()))]


def test_the_password_alone_opens_an_unfinished_session_only(office: Office) -> None:
    office.add("lan", Role.OFFICER)
    live = office.live(office.sign_in.with_password(" LAN ", PASSWORD, HERE))
    assert live.account.login == "lan"
    assert not live.complete


def test_after_the_set_up_code_and_password_together_open_a_complete_session(everywhere: Office) -> None:
    office = everywhere
    office.add("lan", Role.OFFICER)
    first, app, _ = office.set_up("lan")
    assert first.complete
    office.clock.move(minutes=1)
    second = office.live(office.sign_in.with_password("lan", PASSWORD, HERE))
    assert not second.complete
    assert office.live(office.sign_in.with_code(second, office.code(app), HERE)).complete


def test_the_token_of_the_first_step_is_worth_nothing_after_the_second(office: Office) -> None:
    office.add("lan", Role.OFFICER)
    _, app, _ = office.set_up("lan")
    office.clock.move(minutes=1)
    token = office.sign_in.with_password("lan", PASSWORD, HERE)
    office.sign_in.with_code(office.live(token), office.code(app), HERE)
    assert office.opened.find(token) is None


def test_a_code_works_once(office: Office) -> None:
    office.add("lan", Role.OFFICER)
    _, app, _ = office.set_up("lan")
    for minutes, used_before in ((0, True), (5, False), (0, True)):
        office.clock.move(minutes=minutes)
        live = office.live(office.sign_in.with_password("lan", PASSWORD, HERE))
        if used_before:
            with pytest.raises(SignInRefusedError):
                office.sign_in.with_code(live, office.code(app), HERE)
        else:
            assert office.sign_in.with_code(live, office.code(app), HERE)


@pytest.mark.parametrize("seconds", [-30, 0, 30])
def test_a_telephone_s_clock_may_be_half_a_minute_off(office: Office, seconds: int) -> None:
    office.add("lan", Role.OFFICER)
    _, app, _ = office.set_up("lan")
    office.clock.move(minutes=5)
    live = office.live(office.sign_in.with_password("lan", PASSWORD, HERE))
    assert office.sign_in.with_code(live, app.at(int(office.clock.now.timestamp()) + seconds), HERE)


@pytest.mark.parametrize("code", ["", "000000", "12345", "１２３４５６", "abcdef", "' OR 1=1 --", "9" * 5000])
def test_what_is_no_right_code_is_refused(office: Office, code: str) -> None:
    office.add("lan", Role.OFFICER)
    office.set_up("lan")
    office.clock.move(minutes=5)
    live = office.live(office.sign_in.with_password("lan", PASSWORD, HERE))
    with pytest.raises(SignInRefusedError):
        office.sign_in.with_code(live, code, HERE)
    assert not office.live(office.sign_in.with_password("lan", PASSWORD, HERE)).complete


def test_a_recovery_code_works_once_however_it_is_typed(office: Office) -> None:
    office.add("lan", Role.OFFICER)
    _, _, codes = office.set_up("lan")
    live = office.live(office.sign_in.with_password("lan", PASSWORD, HERE))
    assert office.live(office.sign_in.with_code(live, codes[3].upper().replace("-", " "), HERE)).complete
    again = office.live(office.sign_in.with_password("lan", PASSWORD, HERE))
    with pytest.raises(SignInRefusedError):
        office.sign_in.with_code(again, codes[3], HERE)
    assert office.sign_in.recovery_codes_left(live.account.id) == 9


def test_a_recovery_code_used_twice_at_the_same_moment_opens_one_session(everywhere: Office) -> None:
    office = everywhere
    office.add("lan", Role.OFFICER)
    _, _, codes = office.set_up("lan")
    lives = [office.live(office.sign_in.with_password("lan", PASSWORD, HERE)) for _ in range(4)]

    def use(number: int) -> bool:
        try:
            office.sign_in.with_code(lives[number], codes[0], HERE)
        except (SignInRefusedError, TooManyAttemptsError):
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(use, range(4))) == 1


@pytest.mark.parametrize(("login", "password"), [("lan", "sai mật khẩu rồi"), ("nobody", PASSWORD), ("", ""), ("lan", "")])
def test_wrong_name_and_wrong_password_look_the_same(office: Office, login: str, password: str) -> None:
    office.add("lan", Role.OFFICER)
    with pytest.raises(SignInRefusedError) as refused:
        office.sign_in.with_password(login, password, HERE)
    assert str(refused.value) == ""


def test_an_unknown_name_costs_a_hash_too(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    checked: list[str] = []
    verify = passwords._hasher.verify

    class Watched:
        def verify(self, stored: str, password: str) -> bool:
            checked.append(stored)
            return verify(stored, password)

    monkeypatch.setattr(passwords, "_hasher", Watched())
    with pytest.raises(SignInRefusedError):
        office.sign_in.with_password("nobody", PASSWORD, HERE)
    assert len(checked) == 1


def test_a_blocked_account_stays_out_and_its_sessions_end_at_once(everywhere: Office) -> None:
    office = everywhere
    account = office.add("lan", Role.OFFICER)
    office.add("quản.trị".replace("ả", "a").replace("ị", "i"), Role.ADMINISTRATOR)
    token = office.sign_in.with_password("lan", PASSWORD, HERE)
    office.accounts.block(OPERATOR, account.id)
    assert office.opened.find(token) is None
    with pytest.raises(SignInRefusedError):
        office.sign_in.with_password("lan", PASSWORD, HERE)


def test_five_wrong_passwords_close_the_door_for_this_address_and_not_for_another(everywhere: Office) -> None:
    office = everywhere
    office.add("lan", Role.OFFICER)
    for _ in range(5):
        with pytest.raises(SignInRefusedError):
            office.sign_in.with_password("lan", "sai mật khẩu", HERE)
    with pytest.raises(TooManyAttemptsError) as locked:
        office.sign_in.with_password("lan", PASSWORD, HERE)
    assert 1 <= locked.value.minutes <= 15
    assert office.sign_in.with_password("lan", PASSWORD, ELSEWHERE)
    office.clock.move(minutes=15, seconds=1)
    assert office.sign_in.with_password("lan", PASSWORD, HERE)


def test_a_refused_try_does_not_lengthen_the_wait(office: Office) -> None:
    for _ in range(5):
        with pytest.raises(SignInRefusedError):
            office.sign_in.with_password("lan", "x", HERE)
    office.clock.move(minutes=14)
    for _ in range(10):
        with pytest.raises(TooManyAttemptsError):
            office.sign_in.with_password("lan", "x", HERE)
    office.clock.move(minutes=1, seconds=1)
    with pytest.raises(SignInRefusedError):
        office.sign_in.with_password("lan", "x", HERE)


def test_an_unknown_name_is_held_back_like_a_known_one(office: Office) -> None:
    for _ in range(5):
        with pytest.raises(SignInRefusedError):
            office.sign_in.with_password("nobody", "x", HERE)
    with pytest.raises(TooManyAttemptsError):
        office.sign_in.with_password("nobody", "x", HERE)


def test_guessing_one_account_from_many_addresses_is_held_back(office: Office) -> None:
    for number in range(20):
        with pytest.raises(SignInRefusedError):
            office.sign_in.with_password("lan", "x", Browser(f"203.0.113.{number}", ""))
    with pytest.raises(TooManyAttemptsError):
        office.sign_in.with_password("lan", "x", Browser("203.0.113.99", ""))


def test_guessing_many_accounts_from_one_address_is_held_back(office: Office) -> None:
    for number in range(50):
        with pytest.raises(SignInRefusedError):
            office.sign_in.with_password(f"name{number}", "x", HERE)
    with pytest.raises(TooManyAttemptsError):
        office.sign_in.with_password("another", "x", HERE)


def test_guesses_at_the_same_moment_are_counted(everywhere: Office) -> None:
    office = everywhere
    office.add("lan", Role.OFFICER)

    def guess(_: int) -> str:
        try:
            office.sign_in.with_password("lan", "sai", HERE)
        except SignInRefusedError:
            return "judged"
        except TooManyAttemptsError:
            return "held back"
        return "in"

    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(guess, range(16)))
    assert results.count("judged") <= 5
    assert "in" not in results


def test_five_wrong_codes_close_the_second_step(office: Office) -> None:
    office.add("lan", Role.OFFICER)
    _, app, _ = office.set_up("lan")
    office.clock.move(minutes=1)
    live = office.live(office.sign_in.with_password("lan", PASSWORD, HERE))
    for _ in range(5):
        with pytest.raises(SignInRefusedError):
            office.sign_in.with_code(live, "000000", HERE)
    with pytest.raises(TooManyAttemptsError):
        office.sign_in.with_code(live, office.code(app), HERE)


def test_a_success_forgives_the_failures_before_it(everywhere: Office) -> None:
    office = everywhere
    office.add("lan", Role.OFFICER)
    for _ in range(2):
        for _ in range(4):
            with pytest.raises(SignInRefusedError):
                office.sign_in.with_password("lan", "sai", HERE)
        assert office.sign_in.with_password("lan", PASSWORD, HERE)


def test_a_second_factor_that_is_set_up_cannot_be_set_up_again(office: Office) -> None:
    office.add("lan", Role.OFFICER)
    office.set_up("lan")
    half = office.live(office.sign_in.with_password("lan", PASSWORD, HERE))
    with pytest.raises(SignInRefusedError):
        office.sign_in.begin_second_factor(half)
    with pytest.raises(SignInRefusedError):
        office.sign_in.confirm_second_factor(half, "000000", HERE)


def test_the_secret_and_the_codes_do_not_lie_in_the_ledger_in_clear(office: Office) -> None:
    account = office.add("lan", Role.OFFICER)
    _, app, codes = office.set_up("lan")
    with office.database.sessions() as session:
        row = session.get(Account, account.id)
        kept = [str(value) for value in session.execute(text("SELECT code_hash FROM recovery_code")).scalars()]
        tries = str(session.execute(text("SELECT * FROM sign_in_attempt")).all())
    assert row is not None
    assert app.secret.encode() not in (row.totp_secret or b"")
    assert PASSWORD not in (row.password_hash or "")
    assert not set(codes) & set(kept)
    assert HERE.address not in tries
    assert "lan" not in tries


def test_passwords_are_kept_as_owasp_recommends() -> None:
    assert SHIPPED_HASHER.hash(PASSWORD).startswith("$argon2id$v=19$m=19456,t=2,p=1$")


def test_a_password_kept_weakly_is_kept_strongly_after_the_next_sign_in(office: Office) -> None:
    from argon2 import PasswordHasher

    account = office.add("lan", Role.OFFICER)
    weak = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
    with writing(office.database.sessions) as session:
        session.execute(update(Account).where(Account.id == account.id).values(password_hash=weak))
    office.sign_in.with_password("lan", PASSWORD, HERE)
    with office.database.sessions() as session:
        kept = session.execute(select(Account.password_hash).where(Account.id == account.id)).scalar_one()
    assert kept is not None
    assert not passwords.needs_rehash(kept)
    assert passwords.password_fits(kept, PASSWORD)


def test_changing_the_password_ends_the_other_sessions(everywhere: Office) -> None:
    office = everywhere
    office.add("lan", Role.OFFICER)
    live, _, _ = office.set_up("lan")
    other = office.sign_in.with_password("lan", PASSWORD, ELSEWHERE)
    office.sign_in.change_password(live, PASSWORD, "một câu khác hẳn rồi", HERE)
    assert office.opened.find(other) is None
    assert [one.id for one in office.opened.of_account(live.account.id, HERE.address)] == [live.id]
    with pytest.raises(SignInRefusedError):
        office.sign_in.with_password("lan", PASSWORD, HERE)


@pytest.mark.parametrize(
    ("new", "reason"),
    [("ngắn", "too_short"), ("x" * 201, "too_long"), ("aaaaaaaaaaaaab", "too_simple"), ("xin chào LAN nhé", "holds_login")],
)
def test_weak_passwords_are_refused(office: Office, new: str, reason: str) -> None:
    office.add("lan", Role.OFFICER)
    live, _, _ = office.set_up("lan")
    with pytest.raises(WeakPasswordError) as refused:
        office.sign_in.change_password(live, PASSWORD, new, HERE)
    assert refused.value.reason == reason


def test_recovery_codes_and_a_new_telephone_ask_for_a_code(everywhere: Office) -> None:
    office = everywhere
    office.add("lan", Role.OFFICER)
    live, app, old = office.set_up("lan")
    office.clock.move(minutes=1)
    with pytest.raises(SignInRefusedError):
        office.sign_in.renew_recovery_codes(live, "000000", HERE)
    fresh = office.sign_in.renew_recovery_codes(live, office.code(app), HERE)
    with pytest.raises(SignInRefusedError):
        office.sign_in.give_up_second_factor(live, old[0], HERE)
    office.sign_in.give_up_second_factor(live, fresh[0], HERE)
    assert office.opened.of_account(live.account.id, HERE.address) == []
    assert not office.accounts.by_login("lan").has_second_factor


def test_signing_in_and_refusals_are_in_the_audit_log_and_names_of_strangers_are_not(everywhere: Office) -> None:
    office = everywhere
    office.add("lan", Role.OFFICER)
    office.set_up("lan")
    for login in ("lan", "mật khẩu gõ nhầm chỗ"):
        with pytest.raises(SignInRefusedError):
            office.sign_in.with_password(login, "sai", HERE)
    assert acts(office) == ["account.added", "session.opened", "session.refused", "session.refused"]
    with office.database.sessions() as session:
        kept = [entry.details + entry.subject for entry in audit_entries(session, AuditFilter())]
        assert not any("gõ nhầm" in one for one in kept)
        assert verify_chain(session).fault is None


def test_a_session_ends_after_silence_and_at_the_latest_after_its_time(office: Office) -> None:
    office.add("lan", Role.OFFICER)
    first = office.live(office.sign_in.with_password("lan", PASSWORD, HERE))
    app_secret = office.sign_in.begin_second_factor(first)
    import pyotp

    token, _ = office.sign_in.confirm_second_factor(first, office.code(pyotp.TOTP(app_secret)), HERE)
    for _ in range(30):
        office.clock.move(minutes=23)
        assert office.opened.find(token) is not None
    office.clock.move(minutes=29)
    assert office.opened.find(token, touch=False) is not None
    office.clock.move(minutes=2)
    assert office.opened.find(token) is None  # 12 hours after 11:30 of work, or silence: both are over


def test_what_asks_by_itself_does_not_keep_a_session_alive(office: Office) -> None:
    office.add("lan", Role.OFFICER)
    live, _, _ = office.set_up("lan")
    assert live.complete
    token = office.sign_in.with_password("lan", PASSWORD, HERE)
    for _ in range(4):
        office.clock.move(minutes=2)
        assert office.opened.find(token, touch=False) is not None
    office.clock.move(minutes=3)
    assert office.opened.find(token, touch=False) is None


@pytest.mark.parametrize("token", ["", "x", "é" * 50, "0" * 100_000])
def test_a_made_up_token_is_no_session(office: Office, token: str) -> None:
    assert office.opened.find(token) is None
