"""Two officers and a citizen in three browsers: the inbox, the claim, the talk, the hand-over and the way back, live."""

import re
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from bot.accounts.audit import OPERATOR
from bot.accounts.directory import AccountDetails, Accounts
from bot.accounts.keyed_hash import KeyedHash
from bot.accounts.permissions import Role
from bot.accounts.scope import agency_names
from bot.accounts.sessions import AccountSessions, Browser, Lifetimes
from bot.conversations.clock import utc_now
from bot.settings import PROJECT_ROOT
from bot.storage.database import Database, open_database, writing
from bot.storage.models import Conversation, Handoff
from tests.browser.answers import Answers
from tests.browser.running_console import console_process
from tests.browser.running_gateway import RunningGateway, gateway_on_fresh_ledger
from tests.browser.test_console import check
from tests.browser.visits import Visitor, ask
from tests.engine_process import free_port

Enter = Callable[..., Page]


@pytest.fixture(scope="module")
def gateway(answers: Answers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningGateway]:
    """A gateway of this file alone: who asked for an officer in the other files does not wait here."""
    with gateway_on_fresh_ledger(answers, "", tmp_path_factory.mktemp("officers")) as running:
        yield running


@pytest.fixture(scope="module")
def ledger(gateway: RunningGateway) -> Iterator[Database]:
    """The gateway's ledger."""
    database = open_database(gateway.environment["DATABASE_URL"])
    yield database
    database.engine.dispose()


@pytest.fixture(scope="module")
def desk(gateway: RunningGateway, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The console beside the running gateway, on the same ledger; its address."""
    with console_process(free_port(), gateway.environment, tmp_path_factory.mktemp("desk") / "log.txt") as address:
        yield address


@pytest.fixture
def enter(visit: Visitor, desk: str, ledger: Database, gateway: RunningGateway) -> Enter:
    """Opens a page of the console for an officer whose signing in is done: ``enter(login, name, path, width=…, dark=…)``."""
    accounts = Accounts(ledger.sessions, agency_names(PROJECT_ROOT / "data"), utc_now)
    keyed = KeyedHash(gateway.environment["LEDGER_KEY"])
    opened = AccountSessions(ledger.sessions, keyed, utc_now, Lifetimes())

    def open_page(login: str, name: str, path: str = "/inbox", **window: object) -> Page:
        account, _ = accounts.add(
            OPERATOR, login, AccountDetails(name, None, (Role.OFFICER,), True, ()), "một câu dài dễ nhớ", must_change=False
        )
        with writing(ledger.sessions) as session:
            token = opened.open_within(session, account.id, Browser("127.0.0.1", "Chromium"), second_factor_given=True)
        visited = visit(desk + "/sign-in", **window)
        visited.context.add_cookies([{"name": "motcua_session", "value": token, "url": desk}])
        visited.page.goto(desk + path)
        return visited.page

    return open_page


def citizen(visit: Visitor, gateway: RunningGateway) -> Page:
    """A citizen's chat page who has asked for a person."""
    page = visit(gateway.url + "/").page
    expect(page.locator(".message").first).to_be_visible()
    ask(page, "Tôi muốn hỏi khai sinh cho con")
    expect(page.locator(".message").last).to_contain_text("Giấy chứng sinh")
    ask(page, "cho tôi gặp cán bộ, số của tôi là 0912 345 678")
    expect(page.locator(".message").last).to_contain_text("cán bộ")
    return page


@pytest.mark.parametrize(("width", "dark"), [(320, True), (1280, False)], ids=["phone-dark", "desktop-light"])
def test_one_takes_it_the_other_sees_it_go_and_the_citizen_is_answered(
    visit: Visitor, enter: Enter, gateway: RunningGateway, width: int, dark: bool
) -> None:
    lan = enter(f"lan{width}", "Nguyễn Thị Lan", width=width, dark=dark)
    hoa = enter(f"hoa{width}", "Trần Thu Hoà", width=width, dark=not dark)
    for page in (lan, hoa):
        expect(page.get_by_text("Không có người dân nào đang chờ.")).to_be_visible()
    person = citizen(visit, gateway)
    for page in (lan, hoa):
        expect(page.locator(".conversation")).to_have_count(1)
        check(page, "inbox")
    expect(lan.locator("#news")).to_have_text("Có người dân đang chờ.")

    lan.keyboard.press("j")
    lan.keyboard.press("c")
    expect(lan.get_by_text("Ông/Bà đang phụ trách cuộc trao đổi này.")).to_be_visible()
    expect(hoa.get_by_text("Không có người dân nào đang chờ.")).to_be_visible()
    expect(lan.locator("#transcript")).to_contain_text("*******678")
    assert "0912" not in lan.content()

    hoa.keyboard.press("4")
    hoa.locator("a.open").click()
    expect(hoa.locator("#status")).to_contain_text("Nguyễn Thị Lan đang phụ trách.")

    lan.keyboard.press("r")
    lan.keyboard.type("Kính chào Ông/Bà, tôi đang xem hồ sơ.")
    lan.keyboard.press("Control+Enter")
    expect(person.locator(".message").last).to_contain_text("tôi đang xem hồ sơ")
    expect(lan.locator("#transcript")).to_contain_text("tôi đang xem hồ sơ")
    expect(hoa.locator("#transcript")).to_contain_text("tôi đang xem hồ sơ")
    expect(lan.get_by_label("Trả lời người dân")).to_have_value("")
    ask(person, "Vâng, tôi cảm ơn")
    expect(lan.locator("#transcript")).to_contain_text("Vâng, tôi cảm ơn")

    lan.get_by_label("Mẫu trả lời").select_option("Chào Ông/Bà")
    expect(lan.get_by_label("Trả lời người dân")).to_have_value(re.compile("tôi là Nguyễn Thị Lan, cán bộ của"))
    check(lan, "conversation")
    check(hoa, "conversation-of-a-colleague")

    # In another window of hers: this one learns of it by itself.
    other = lan.context.new_page()
    other.goto(lan.url)
    other.get_by_text("Chuyển cho người khác").click()
    other.get_by_label("Tên đăng nhập của đồng nghiệp").fill(f"hoa{width}")
    other.get_by_label("Lời nhắn nội bộ").fill("Nhờ chị xem giúp giấy chứng sinh.")
    other.get_by_role("button", name="Chuyển", exact=True).click()
    expect(other.locator("#status")).to_contain_text("Trần Thu Hoà đang phụ trách.")
    expect(other.get_by_role("alert")).to_have_count(0)
    other.close()
    expect(lan.get_by_role("alert")).to_contain_text("Trần Thu Hoà đã nhận cuộc trao đổi này")
    expect(lan.locator("#lost-draft")).to_contain_text("tôi là Nguyễn Thị Lan")
    check(lan, "conversation-superseded")
    expect(hoa.get_by_label("Trả lời người dân")).to_be_visible()
    expect(hoa.locator("#panel")).to_contain_text("Nhờ chị xem giúp giấy chứng sinh.")

    hoa.get_by_text("Giao lại hoặc kết thúc").click()
    hoa.get_by_role("button", name="Giao lại cho trợ lý").click()
    expect(person.locator(".message").last).to_contain_text("Tôi là trợ lý tự động")
    expect(hoa.locator("#status")).to_contain_text("Trợ lý tự động đang trả lời.")


def test_shortcuts_are_listed_and_a_number_is_shown_for_a_reason(visit: Visitor, enter: Enter, gateway: RunningGateway) -> None:
    citizen(visit, gateway)
    page = enter("mai", "Lê Mai", width=1280)
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_contain_text("Nhận cuộc trao đổi đang chọn")
    check(page, "shortcuts")
    page.keyboard.press("Escape")
    page.locator("button[id^=claim-]").first.click()
    panel = page.locator("#panel")
    panel.get_by_role("button", name="Hiện số").click()
    panel.get_by_label("Lý do cần xem").fill("Gọi lại theo yêu cầu")
    panel.get_by_role("button", name="Hiện số").click()
    expect(panel).to_contain_text("0912345678")
    page.get_by_text("Giao lại hoặc kết thúc").click()
    page.get_by_label("Đã hướng dẫn").check()
    check(page, "conversation-ending")
    page.get_by_role("button", name="Kết thúc cuộc trao đổi").click()
    expect(page.locator("#status")).to_contain_text("Cuộc trao đổi đã kết thúc.")


WATCHED = """
Object.defineProperty(Document.prototype, 'hidden', {get: () => true});
window.notices = [];
window.tones = 0;
window.Notification = new Proxy(window.Notification, {
  construct(real, given) { window.notices.push(given); return Reflect.construct(real, given); },
});
const start = OscillatorNode.prototype.start;
OscillatorNode.prototype.start = function (...given) { window.tones += 1; return start.apply(this, given); };
"""
"""A page that nobody looks at, whose notices and tones are counted."""


def somebody_waits(ledger: Database, name: str) -> None:
    """A citizen in the queue, without a page of their own."""
    now = utc_now()
    with writing(ledger.sessions) as session:
        session.add(Conversation(id=name, channel="telegram", account="bot", external_id=name, speaker="waiting", opened_at=now))
        session.flush()
        waits = Handoff(conversation_id=name, reason="asked", summary={}, opened_at=now, waiting_since=now, team="tthcc-tinh")
        waits.answer_due_at, waits.number = now + timedelta(minutes=30), f"YC{name}"
        session.add(waits)


def test_sound_and_notice_come_to_who_chose_them_and_are_remembered(enter: Enter, ledger: Database) -> None:
    both, silent, sound = (enter(login, name) for login, name in (("anh", "Anh"), ("binh", "Bình"), ("chi", "Chi")))
    for page in (both, silent, sound):
        page.context.grant_permissions(["notifications"])
        page.add_init_script(WATCHED)
        page.reload()
    for page, kinds in ((both, ("Báo âm thanh", "Báo trên màn hình")), (sound, ("Báo âm thanh",))):
        for kind in kinds:
            page.get_by_role("button", name=kind).click()
            expect(page.get_by_role("button", name=kind)).to_have_attribute("aria-pressed", "true")
    both.reload()
    for kind in ("Báo âm thanh", "Báo trên màn hình"):
        expect(both.get_by_role("button", name=kind)).to_have_attribute("aria-pressed", "true")
    # A browser sounds only on a page that was touched.
    both.locator("h1").click()
    heard_before = sound.evaluate("window.tones")
    somebody_waits(ledger, "moi1")
    for page in (both, silent, sound):
        expect(page.locator("#news")).to_have_text("Có người dân đang chờ.")
    assert both.evaluate("[window.tones, window.notices.map(one => one[1].body)]") == [1, ["Có người dân đang chờ."]]
    assert silent.evaluate("[window.tones, window.notices.length]") == [0, 0]
    assert [sound.evaluate("window.tones"), sound.evaluate("window.notices.length")] == [heard_before + 1, 0]
    # Switched off again it is silent.
    for kind in ("Báo âm thanh", "Báo trên màn hình"):
        both.get_by_role("button", name=kind).click()
    somebody_waits(ledger, "moi2")
    expect(both.locator("#open-moi2")).to_be_visible()
    assert both.evaluate("[window.tones, window.notices.length]") == [1, 1]
