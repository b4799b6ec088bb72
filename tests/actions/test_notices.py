"""From "báo cho tôi" to the told change: dialogue, ledger, gateway and rounds with the real portal simulator over HTTP."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import func, select

from actions.dossier_status import DossierStatusAnswers
from actions.notices import ChatNotices
from bot.clock import vietnam_today
from bot.conversations.clock import utc_now
from bot.conversations.encryption import ledger_cipher
from bot.conversations.private_values import PrivateValues
from bot.dialogue.respond import respond
from bot.dialogue.services import Services
from bot.dialogue.turn import Clause, DialogueState, Turn
from bot.dossiers.assembly import DossierLookup
from bot.dossiers.attempts import AttemptsInMemory
from bot.dossiers.lookup import DossierStatusService
from bot.language.masking import PrivateSpan
from bot.language.places import PlaceIndex
from bot.outreach.rules import notice_rules
from bot.portal.assembly import AssembledPortal
from bot.portal.breaker import CircuitBreaker
from bot.portal.gateway import PortalGateway
from bot.storage.database import Database, writing
from bot.storage.dossier_models import DossierNotice, DossierWatch
from bot.storage.models import Conversation, Outbound
from connectors.gateway.app import create_app
from connectors.gateway.notice_rounds import NoticeRounds, RoundsPace
from tests.actions.test_submissions import CATALOGUE, NoSearch
from tests.bot.portal.conftest import WEBHOOK_SECRET, RunningPortal, portal, simulator
from tests.connectors.harness import served, settings_for
from tests.waiting import wait_for

__all__ = ["portal", "simulator"]


@dataclass
class Citizen:
    """A citizen of the web chat; ``code`` and ``lookup_code`` are of the dossier that they hold."""

    database: Database
    services: Services
    values: PrivateValues
    rounds: NoticeRounds
    state: DialogueState = field(default_factory=DialogueState)
    buttons: tuple[Any, ...] = ()

    def says(self, text: str, intent: str = "inform", confidence: float = 0.9) -> str:
        return self._take(Turn(text, intent, confidence, (Clause(text, intent, confidence),), conversation_id="c1"))

    def proves(self, kind: str, value: str) -> str:
        [token] = self.values.store("c1", [PrivateSpan(kind, 0, 0, value)])
        return f"⟦{kind}:{token}⟧"

    def proves_both(self, demo: Any) -> str:
        return f"{self.proves('dossier_code', demo.code)} {self.proves('lookup_code', demo.lookup_code)}"

    def presses(self, title: str) -> str:
        button = next(one for one in self.buttons if one.title == title)
        return self._take(Turn("", button.intent, 1.0, entities=button.entities, is_act=True, conversation_id="c1"))

    def _take(self, turn: Turn) -> str:
        reply = respond(turn, self.state, self.services)
        self.state = DialogueState.from_slot(reply.state.to_slot())
        self.buttons = tuple(button for message in reply.messages for button in message.buttons)
        return "\n".join(message.text for message in reply.messages)

    def transcript(self) -> list[str]:
        with self.database.sessions() as session:
            return [row.message["text"] for row in session.scalars(select(Outbound).order_by(Outbound.seq))]

    def count(self, table: Any) -> int:
        with self.database.sessions() as session:
            return session.scalar(select(func.count()).select_from(table)) or 0


def assembled(database: Database, database_url: str, gateway: PortalGateway) -> tuple[Citizen, Any]:
    key = Fernet.generate_key().decode()
    settings = settings_for(
        database_url, 1, portal_webhook_secret=WEBHOOK_SECRET, ledger_key=key, notice_quiet_hours="", portal_poll_minutes=5
    )
    values = PrivateValues(database.sessions, key)
    behind = AssembledPortal(gateway, CircuitBreaker(), gateway)  # type: ignore[arg-type]
    lookup = DossierLookup(DossierStatusService(gateway, AttemptsInMemory()), behind.breaker, behind)
    dossiers = DossierStatusAnswers(lookup, values, CATALOGUE.calendar)
    notices = ChatNotices.from_settings(settings, CATALOGUE.calendar, database.sessions, gateway, dossiers.outcome)
    services = Services(
        CATALOGUE,
        NoSearch(),  # type: ignore[arg-type]
        PlaceIndex(CATALOGUE.places),
        dossiers,
        vietnam_today,
        notices=notices,
    )
    pace = RoundsPace(0.05, timedelta(0), timedelta(0))
    rounds = NoticeRounds(database.sessions, gateway, notice_rules(settings), ledger_cipher(key), pace=pace)
    with writing(database.sessions) as session:
        now = utc_now()
        session.add(Conversation(id="c1", channel="webchat", account="w", external_id="c1", opened_at=now, acted_at=now))
    return Citizen(database, services, values, rounds), settings


@pytest.fixture
def citizen(database: Database, database_url: str, portal: RunningPortal) -> Iterator[Citizen]:
    one, settings = assembled(database, database_url, portal.client())
    with served(create_app(settings)) as base:
        portal.control("webhook", {"url": f"{base}/webhooks/portal"})
        yield one
        portal.control("webhook", {"url": "http://127.0.0.1:9/nowhere"})


def follows(citizen: Citizen, demo: Any) -> None:
    assert "mã hồ sơ" in citizen.says("báo cho tôi khi có thay đổi", "subscribe_updates")
    citizen.says(citizen.proves("dossier_code", demo.code))
    asked = citizen.says(citizen.proves("lookup_code", demo.lookup_code))
    assert "đồng ý nhận thông báo về hồ sơ ***0001" in asked
    assert citizen.count(DossierWatch) == 0
    assert "Tôi đã ghi nhận" in citizen.presses("Đồng ý")


def test_a_change_at_the_portal_reaches_the_citizen_once_by_webhook_and_list(citizen: Citizen, portal: RunningPortal) -> None:
    demo = portal.by_counter["H05.0001"]
    follows(citizen, demo)
    portal.control("webhook", {"duplicate": 3, "concurrent": True})
    portal.control(f"dossiers/{demo.code}/status", {"status": 5, "papers": ["Giấy tờ 1"], "deadline": "20301231"})
    wait_for(lambda: citizen.count(DossierNotice), what="the webhook")
    citizen.rounds.go_round()
    citizen.rounds.go_round()
    [told] = citizen.transcript()
    assert "***0001: Yêu cầu bổ sung giấy tờ" in told
    assert "31/12/2030" in told
    assert demo.code not in told
    # Its own words end it; the portal hears of that too.
    assert "ngừng thông báo về hồ sơ ***0001" in citizen.says("thôi", "deny", 0.4)
    citizen.rounds.go_round()
    portal.control(f"dossiers/{demo.code}/status", {"status": 4})
    citizen.rounds.go_round()
    assert len(citizen.transcript()) == 1
    with citizen.database.sessions() as session:
        watch = session.scalars(select(DossierWatch)).one()
    assert (watch.state, watch.portal_ended, watch.consent_text) == ("unsubscribed", True, "watch_consent_1")


def test_what_the_webhook_loses_is_found_on_the_list(citizen: Citizen, portal: RunningPortal) -> None:
    demo = portal.by_counter["H05.0001"]
    follows(citizen, demo)
    portal.control("webhook", {"drop": True})
    portal.control(f"dossiers/{demo.code}/status", {"status": 9})
    portal.control(f"dossiers/{demo.code}/status", {"status": 10})
    citizen.rounds.go_round()
    finished, ended = citizen.transcript()
    assert "Kết quả đã có" in finished
    assert "thông báo cuối" in ended
    assert citizen.services.notices is not None
    assert citizen.services.notices.watched("c1") == ()


def test_following_twice_is_told_kindly(citizen: Citizen, portal: RunningPortal) -> None:
    demo = portal.by_counter["H05.0001"]
    follows(citizen, demo)
    again = citizen.says(
        f"theo dõi {citizen.proves_both(demo)}",
        "subscribe_updates",
    )
    assert "đang được báo về hồ sơ ***0001 rồi" in again
    assert citizen.count(DossierWatch) == 1


def test_a_dossier_that_has_ended_is_not_followed(citizen: Citizen, portal: RunningPortal) -> None:
    demo = portal.by_counter["H05.0010"]
    said = citizen.says(
        f"theo dõi {citizen.proves_both(demo)}",
        "subscribe_updates",
    )
    assert "***0010 đã kết thúc" in said
    citizen.says(f"tra cứu {citizen.proves_both(demo)}", "check_status")
    assert "Báo khi có thay đổi" not in [one.title for one in citizen.buttons]


def test_guessing_here_counts_like_guessing_at_the_status(citizen: Citizen, portal: RunningPortal) -> None:
    demo = portal.by_counter["H05.0002"]
    code = citizen.proves("dossier_code", demo.code)
    for number in range(5):
        said = citizen.says(f"báo khi {code} {citizen.proves('lookup_code', f'ZZ{number}9')}", "subscribe_updates")
        assert "không tìm thấy hồ sơ khớp" in said
    said = citizen.says(f"báo khi {code} {citizen.proves('lookup_code', demo.lookup_code)}", "subscribe_updates")
    assert "tạm khoá" in said
    assert citizen.count(DossierWatch) == 0


def test_a_portal_that_goes_away_between_question_and_consent_is_asked_again_when_it_is_back(
    citizen: Citizen, portal: RunningPortal
) -> None:
    demo = portal.by_counter["H05.0003"]
    citizen.says(f"báo khi {citizen.proves_both(demo)} đổi", "subscribe_updates")
    portal.fault("html_503")
    assert "giữ mã hồ sơ ***0003" in citizen.presses("Đồng ý")
    assert "Khi Cổng dịch vụ công trả lời" in citizen.presses("Đồng ý")
    citizen.rounds.go_round()
    assert citizen.transcript() == []
    with citizen.database.sessions() as session:
        kept = session.scalars(select(DossierWatch).where(DossierWatch.state == "asked")).one()
    assert kept.proofs is not None
    assert demo.code.encode() not in kept.proofs
    portal.control("reset", {})
    citizen.rounds.go_round()
    [told] = citizen.transcript()
    assert "Cổng dịch vụ công đã trả lời" in told
    assert "***0003: Được tiếp nhận" in told
    portal.control(f"dossiers/{demo.code}/status", {"status": 4})
    citizen.rounds.go_round()
    assert "có thay đổi" in citizen.transcript()[1]
    with citizen.database.sessions() as session:
        *given_up, active = session.scalars(select(DossierWatch).order_by(DossierWatch.consent_at)).all()
    assert {(one.end_reason, one.portal_ended) for one in given_up} == {("not_begun", True)}
    assert (active.state, active.consent_text, active.proofs) == ("active", "watch_consent_later_1", None)


def test_proofs_that_were_kept_and_open_nothing_say_so_and_are_gone(citizen: Citizen, portal: RunningPortal) -> None:
    portal.fault("html_503")
    code = citizen.proves("dossier_code", portal.by_counter["H05.0001"].code)
    for guess in ("ZZ19", "ZZ29", "ZZ39", "ZZ49"):
        said = citizen.says(f"báo khi {code} {citizen.proves('lookup_code', guess)}", "subscribe_updates")
        said = citizen.presses("Đồng ý") if "Đồng ý" in [one.title for one in citizen.buttons] else said
    assert "Khi Cổng dịch vụ công trả lời" in said
    portal.control("reset", {})
    citizen.rounds.go_round()
    [told] = citizen.transcript()
    assert "không tìm thấy hồ sơ khớp" in told
    with citizen.database.sessions() as session:
        watch = session.scalars(select(DossierWatch)).one()
    assert (watch.state, watch.proofs, watch.end_reason) == ("ended", None, "not_opened")


def test_a_portal_without_watches_is_said_so(database: Database, database_url: str, portal: RunningPortal) -> None:
    one, _settings = assembled(database, database_url, portal.lgsp_client())
    assert "chưa báo được" in one.says("báo cho tôi khi có thay đổi", "subscribe_updates")
    assert "Tra cứu hồ sơ" in [button.title for button in one.buttons]


def test_the_rounds_run_beside_and_end_when_told_to(citizen: Citizen) -> None:
    thread = threading.Thread(target=citizen.rounds.run)
    thread.start()
    citizen.rounds.stop()
    thread.join(timeout=10)
    assert not thread.is_alive()
