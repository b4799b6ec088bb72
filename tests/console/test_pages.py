"""The pages of accounts, of the audit log, of one's own account, and the private number in clear."""

import csv
import io
import re
from datetime import UTC, datetime, timedelta

import pytest

from bot.accounts.audit import OPERATOR, record_audit
from bot.accounts.permissions import Role
from bot.conversations.private_values import PrivateValues
from bot.language.masking import PrivateSpan, find_private
from bot.settings import Settings
from bot.storage.database import writing
from bot.storage.models import Conversation
from console.texts import FOLDER
from tests.bot.accounts.test_audit import change_behind_the_log
from tests.bot.texts.test_texts import placeholders
from tests.console.conftest import PASSWORD, RunningConsole, words

FORM = {
    "display_name": "Bùi Thị Lan",
    "email": "lan@bacninh.example",
    "role": ["officer", "trainer"],
    "scope": "some",
    "agency": ["tthcc-xa"],
}


class TestAccounts:
    """What administrators do."""

    def test_a_new_account_gets_a_link_and_works(self, console: RunningConsole) -> None:
        visitor = console.signed_in("chu", Role.ADMINISTRATOR)
        page = visitor.post("/accounts/new", {"login": "Lan", **FORM})
        link = re.search(r"http://127\.0\.0\.1:8081(/setup/[\w-]+)", page.text)
        assert link is not None
        other = console.visitor()
        other.get(link.group(1))
        assert other.post(link.group(1), {"new": PASSWORD, "again": PASSWORD}).status_code == 303
        account = console.services.accounts.by_login("lan")
        assert account.roles == (Role.OFFICER, Role.TRAINER)
        assert account.scope.agencies == {"tthcc-xa"}
        assert "Bùi Thị Lan" in words(visitor.get("/accounts"))
        assert console.signed_in("lan").get("/").status_code == 200

    @pytest.mark.parametrize(
        ("changed", "told"),
        [
            ({"login": "Bùi Lan"}, "3 đến 40 ký tự"),
            ({"login": "chu"}, "đã có người dùng"),
            ({"login": ""}, "3 đến 40 ký tự"),
            ({"display_name": " "}, "họ và tên"),
            ({"email": "không phải"}, "không đúng dạng"),
            ({"agency": ["made-up"]}, "cơ quan"),
        ],
    )
    def test_what_does_not_fit_is_told_and_the_form_keeps_the_rest(
        self, console: RunningConsole, changed: dict[str, object], told: str
    ) -> None:
        visitor = console.signed_in("chu", Role.ADMINISTRATOR)
        page = visitor.post("/accounts/new", {"login": "lan", **FORM, **changed})
        assert page.status_code == 422
        assert told in words(page)
        assert 'value="officer" checked' in page.text

    def test_roles_that_nobody_knows_give_nothing(self, console: RunningConsole) -> None:
        visitor = console.signed_in("chu", Role.ADMINISTRATOR)
        visitor.post("/accounts/new", {"login": "lan", **FORM, "role": ["god", "auditor"]})
        assert console.services.accounts.by_login("lan").roles == (Role.AUDITOR,)

    def test_blocking_throws_the_person_out_at_once(self, console: RunningConsole) -> None:
        visitor, lan = console.signed_in("chu", Role.ADMINISTRATOR), console.signed_in("lan", Role.OFFICER)
        account = console.services.accounts.by_login("lan").id
        assert visitor.post(f"/accounts/{account}/block").headers["location"].endswith("done=blocked")
        assert lan.get("/").status_code == 303
        assert "đã khoá" in words(visitor.get("/accounts"))
        visitor.get(f"/accounts/{account}")
        visitor.post(f"/accounts/{account}/unblock")
        console.clock.move(minutes=1)
        assert console.signed_in("lan").get("/").status_code == 200

    def test_the_last_administrator_stays(self, console: RunningConsole) -> None:
        visitor = console.signed_in("chu", Role.ADMINISTRATOR)
        account = console.services.accounts.by_login("chu").id
        assert "của chính mình" in words(visitor.post(f"/accounts/{account}/block"))
        page = visitor.post(f"/accounts/{account}", {**FORM, "email": ""})
        assert page.status_code == 422
        assert "cuối cùng" in words(page)
        console.add("hai", Role.ADMINISTRATOR)
        assert visitor.post(f"/accounts/{account}", {**FORM, "email": ""}).status_code == 303
        assert visitor.get("/accounts").status_code == 403

    def test_a_lost_telephone_and_a_lost_password(self, console: RunningConsole) -> None:
        visitor, lan = console.signed_in("chu", Role.ADMINISTRATOR), console.signed_in("lan", Role.OFFICER)
        account = console.services.accounts.by_login("lan").id
        visitor.post(f"/accounts/{account}/second-factor")
        assert lan.get("/").status_code == 303
        del console.apps["lan"]
        console.signed_in("lan")
        visitor.get(f"/accounts/{account}")
        assert "/setup/" in visitor.post(f"/accounts/{account}/setup-link").text
        stranger = console.visitor()
        stranger.get("/sign-in")
        assert stranger.post("/sign-in", {"login": "lan", "password": PASSWORD}).status_code == 401

    def test_an_administrator_ends_any_session(self, console: RunningConsole) -> None:
        visitor, lan = console.signed_in("chu", Role.ADMINISTRATOR), console.signed_in("lan", Role.OFFICER)
        account = console.services.accounts.by_login("lan").id
        found = re.search(rf"/accounts/{account}/sessions/[0-9a-f]+/end", visitor.get(f"/accounts/{account}").text)
        assert found is not None
        visitor.post(found.group())
        assert lan.get("/").status_code == 303

    @pytest.mark.parametrize("account", ["x", "%00", "../audit", "0" * 500])
    def test_an_unknown_account_is_not_found(self, console: RunningConsole, account: str) -> None:
        visitor = console.signed_in("chu", Role.ADMINISTRATOR)
        assert visitor.get(f"/accounts/{account}").status_code in (404, 200) or account == "../audit"
        assert visitor.post(f"/accounts/{account}/block").status_code in (400, 404, 405)


class TestAudit:
    """The viewer."""

    def test_it_shows_filters_and_pages(self, console: RunningConsole) -> None:
        visitor = console.signed_in("kiem", Role.AUDITOR)
        with writing(console.database.sessions) as session:
            for number in range(60):
                record_audit(session, OPERATOR, "account.changed", f"account:{number}", {}, now=console.clock())
        page = visitor.get("/audit")
        assert "account:59" in page.text
        assert "account:5<" not in page.text
        older = re.search(r'href="(/audit\?[^"]+below=\d+)"', page.text)
        assert older is not None
        assert "account:5<" in visitor.get(older.group(1).replace("&amp;", "&")).text
        only = visitor.get("/audit?actor=kiem")
        assert "session.opened" in only.text
        assert "account:59" not in only.text
        assert "Không có dòng" in words(visitor.get("/audit?since=2030-01-01"))
        assert "account:59" in visitor.get("/audit?since=2026-11-23&until=2026-11-23").text

    @pytest.mark.parametrize("query", ["since=x", "until=9999-99-99", "below=x", "below=" + "9" * 40, "since=0001-01-01"])
    def test_broken_filters_are_told(self, console: RunningConsole, query: str) -> None:
        assert console.signed_in("kiem", Role.AUDITOR).get(f"/audit?{query}").status_code == 400

    def test_the_csv_calculates_nothing_and_is_recorded(self, console: RunningConsole) -> None:
        visitor = console.signed_in("kiem", Role.AUDITOR)
        with writing(console.database.sessions) as session:
            record_audit(session, OPERATOR, "account.changed", "=HYPERLINK(1)", {"tên": "Lan"}, now=console.clock())
        answer = visitor.get("/audit.csv?act=account")
        rows = list(csv.reader(io.StringIO(answer.text.removeprefix("\ufeff"))))
        assert rows[0][0] == "Số"
        assert rows[1][4] == "'=HYPERLINK(1)"
        assert rows[1][5] == '{"tên":"Lan"}'
        assert console.acts()[-1] == "audit.exported"

    def test_a_changed_log_is_told(self, console: RunningConsole) -> None:
        visitor = console.signed_in("kiem", Role.AUDITOR)
        assert "nguyên vẹn: 2 dòng" in words(visitor.get("/audit/verification"))
        with writing(console.database.sessions) as session:
            change_behind_the_log(session, "UPDATE audit_entry SET actor_login = 'x' WHERE number = 2")
        assert "KHÔNG nguyên vẹn: dòng số 2" in words(visitor.get("/audit/verification"))


class TestPrivateValues:
    """A citizen's number in clear."""

    @pytest.fixture
    def token(self, console: RunningConsole, settings: Settings) -> str:
        with writing(console.database.sessions) as session:
            conversation = Conversation(id="c1", channel="zalo", account="oa", external_id="u", opened_at=console.clock())
            conversation.speaker, conversation.owner_account = "officer", "lan"
            conversation.owner_until = console.clock() + timedelta(hours=48)
            session.add(conversation)
        values = PrivateValues(console.database.sessions, settings.ledger_key.get_secret_value(), console.clock)
        return values.store("c1", find_private("số của tôi là 0912 345 678"))[0]

    def test_it_is_shown_for_a_reason_and_recorded(self, console: RunningConsole, token: str) -> None:
        visitor = console.signed_in("lan", Role.OFFICER)
        path = f"/conversations/c1/private-values/{token}"
        assert "Lý do cần xem" in words(visitor.get(path))
        page = visitor.post(path, {"reason": "Gọi lại theo yêu cầu, số 0987654321"})
        assert "0912345678" in page.text.replace(" ", "")
        assert console.acts()[-1] == "private_value.revealed"
        auditor = console.signed_in("kiem", Role.AUDITOR)
        shown = auditor.get("/audit?act=private_value").text
        assert "Gọi lại theo yêu cầu" in shown
        assert "0987654321" not in shown
        assert "0912345678" not in shown

    @pytest.mark.parametrize("kind", ["phone_proof", "lookup_code", "one_time_code"])
    @pytest.mark.usefixtures("token")
    def test_what_opens_a_dossier_is_nobody_s_to_see(self, console: RunningConsole, settings: Settings, kind: str) -> None:
        values = PrivateValues(console.database.sessions, settings.ledger_key.get_secret_value(), console.clock)
        [secret] = values.store("c1", [PrivateSpan(kind, 0, 0, "opens-a-dossier")])
        page = console.signed_in("lan", Role.OFFICER).post(
            f"/conversations/c1/private-values/{secret}", {"reason": "Muốn xem thử"}
        )
        assert "opens-a-dossier" not in page.text
        assert console.acts()[-1] == "private_value.refused"

    @pytest.mark.parametrize("reason", ["", "    ", "vì", "x" * 201])
    def test_without_a_proper_reason_it_is_not(self, console: RunningConsole, token: str, reason: str) -> None:
        visitor = console.signed_in("lan", Role.OFFICER)
        page = visitor.post(f"/conversations/c1/private-values/{token}", {"reason": reason})
        assert "0912345678" not in page.text
        assert 'role="alert"' in page.text
        assert "private_value.revealed" not in console.acts()

    @pytest.mark.parametrize("role", [Role.TRAINER, Role.ADMINISTRATOR, Role.AUDITOR])
    def test_other_roles_never_see_it(self, console: RunningConsole, token: str, role: Role) -> None:
        visitor = console.signed_in("minh", role)
        answer = visitor.post(f"/conversations/c1/private-values/{token}", {"reason": "muốn xem thử"})
        assert answer.status_code == 403

    @pytest.mark.parametrize("role", [Role.OFFICER, Role.SUPERVISOR])
    def test_who_does_not_own_the_conversation_is_refused_and_that_is_recorded(
        self, console: RunningConsole, token: str, role: Role
    ) -> None:
        visitor = console.signed_in("hoa", role)
        answer = visitor.post(f"/conversations/c1/private-values/{token}", {"reason": "muốn xem thử"})
        assert answer.status_code == 403
        assert console.acts()[-1] == "private_value.refused"

    def test_an_owner_whose_lease_has_run_out_sees_it_no_more(self, console: RunningConsole, token: str) -> None:
        with writing(console.database.sessions) as session:
            session.get_one(Conversation, "c1").owner_until = console.clock()
        visitor = console.signed_in("lan", Role.OFFICER)
        answer = visitor.post(f"/conversations/c1/private-values/{token}", {"reason": "muốn xem thử"})
        assert answer.status_code == 403

    def test_after_its_time_only_the_masked_form_is_left(self, console: RunningConsole, token: str) -> None:
        console.clock.move(hours=24, minutes=1)
        visitor = console.signed_in("lan", Role.OFFICER)
        page = visitor.post(f"/conversations/c1/private-values/{token}", {"reason": "gọi lại công dân"})
        assert "678" in page.text
        assert "hết hạn" in words(page)

    @pytest.mark.parametrize("path", ["c1/private-values/unknown", "other/private-values/{}", "c1/private-values/%00%F0"])
    def test_what_is_not_there_is_not_shown(self, console: RunningConsole, token: str, path: str) -> None:
        visitor = console.signed_in("lan", Role.OFFICER)
        answer = visitor.post("/conversations/" + path.format(token), {"reason": "gọi lại công dân"})
        assert answer.status_code in (200, 403)
        assert "0912345678" not in answer.text


def test_ones_own_password_and_codes_are_changed(console: RunningConsole) -> None:
    visitor = console.signed_in("lan", Role.OFFICER)
    form = {"present": PASSWORD, "new": "câu mới của tôi đây", "again": "câu mới của tôi đây"}
    assert "không đúng" in words(visitor.post("/me/password", form | {"present": "sai"}))
    assert visitor.post("/me/password", form).headers["location"] == "/me?done=password"
    assert visitor.post("/me/recovery-codes", {"code": "000000"}).status_code == 422
    console.clock.move(seconds=31)
    assert "Mã dự phòng" in words(visitor.post("/me/recovery-codes", {"code": console.code("lan")}))
    visitor.get("/me")
    console.clock.move(seconds=31)
    assert visitor.post("/me/second-factor", {"code": console.code("lan")}).headers["location"] == "/sign-in"
    assert visitor.get("/me").status_code == 303


def test_a_database_that_is_away_is_told(settings: Settings) -> None:
    from fastapi.testclient import TestClient

    from console.app import create_app
    from tests.console.conftest import Visitor

    app = create_app(settings.model_copy(update={"database_url": "sqlite:////nowhere/at/all.sqlite3"}))
    visitor = Visitor(TestClient(app, base_url="http://127.0.0.1:8081", follow_redirects=False, raise_server_exceptions=False))
    assert visitor.get("/health").status_code == 503
    visitor.get("/sign-in")
    answer = visitor.post("/sign-in", {"login": "lan", "password": PASSWORD})
    assert answer.status_code == 503
    assert "Cơ sở dữ liệu tạm thời không trả lời" in words(answer)


def test_both_languages_have_the_same_texts() -> None:
    from bot.texts import load_texts

    ours = {key: placeholders(value) for key, value in load_texts(FOLDER, "vi").items()}
    assert ours == {key: placeholders(value) for key, value in load_texts(FOLDER, "en").items()}


def test_every_text_of_the_console_is_used() -> None:
    sources = "\n".join(path.read_text(encoding="utf-8") for kind in ("*.py", "*.html") for path in FOLDER.parent.rglob(kind))
    from bot.texts import load_texts

    made: tuple[str, ...] = ("role_", "problem_", "password_", "audit_column_", "audit_acts_", "audit_broken_", "done_", "menu_")
    made += ("reveal_reason_", "inbox_list_", "inbox_empty_", "channel_", "reason_", "key_", "shortcut_", "speaker_", "delivery_")
    made += ("labelling_", "intent_", "service_review_")
    made += ("kind_", "watch_", "outcome_", "rated_", "flow_", "act_", "window_")
    made += ("review_filter_", "review_export_", "review_fault_", "approval_done_", "approval_fault_")
    made += ("practice_fault_", "practice_done_", "practice_warning_", "practice_warned_", "practice_speaks_", "practice_said")
    made += ("switch_", "outage_", "rights_", "deletion_", "team_day_", "team_done_", "kept_reply_")
    made += ("training_state_", "training_step_", "training_part_", "training_figure_", "training_show_", "training_mark_")
    made += ("training_side_", "training_kind_", "training_case_", "training_done_", "training_fault_")
    made += ("authoring_tab_", "authoring_order_", "authoring_title_", "authoring_group_")
    made += (
        "authoring_severity_",
        "authoring_decided_",
        "authoring_state_",
        "authoring_kind_",
        "authoring_done_",
        "authoring_checks_",
        "authoring_conflict_",
    )
    made += ("authoring_aliases", "authoring_situations", "authoring_questions")
    made += ("usage_fault_",)
    made += ("levels_",)
    made += ("own_reply_act_", "catalogue_", "shift_", "cards_")
    made += ("campaign_state_", "campaign_why_", "campaign_fault_", "campaign_field_", "campaign_step_", "campaign_channel_")
    made += (
        "campaign_done_",
        "campaign_refused_",
        "campaign_person_",
        "campaign_nature_",
        "campaign_target_",
        "campaign_template_",
    )
    made += (
        "sync_kind_",
        "sync_value_",
        "sync_reading_",
        "sync_column_",
        "sync_asked",
        "sla_met",
        "sla_missed",
        "sla_unmeasured",
    )
    made += ("promotion_state_", "promotion_measure_", "promotion_side_", "promotion_level_", "promotion_done_")
    made += ("hub_done_", "hub_alert_", "hub_kind_", "hub_state_", "hub_to_", "hub_not_measured_")
    made += ("survey_state_", "survey_done_", "survey_refused_", "survey_reason_", "rating_by_", "rating_reason_")
    made += ("operations_worry_", "operations_outcome_", "operations_part_", "operations_kind_", "operations_migrations_")
    made += ("operations_unsent_", "operations_sent_again", "operations_not_unsent")
    unused = [key for key in load_texts(FOLDER, "vi") if key not in sources and not key.startswith(made)]
    assert unused == []


def test_health_says_that_it_can_work(console: RunningConsole) -> None:
    assert console.visitor().get("/health").json() == {"status": "ok", "database": True, "migrations_at_head": True}
    assert datetime.now(UTC)
