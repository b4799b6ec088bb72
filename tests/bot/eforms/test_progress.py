"""How far guided submissions come is written down with them: the furthest step, how they ended, and nothing personal."""

from datetime import timedelta

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import select, text

from bot.conversations.deletion import forget_citizen
from bot.conversations.private_values import PrivateValues
from bot.dossiers.receipts import Receipts
from bot.dossiers.submissions import HandedOver, SubmissionLedger, key_of
from bot.eforms.draft import Draft
from bot.eforms.engine import begin, new_draft, step
from bot.eforms.progress import draft_hash, step_of
from bot.eforms.store import KEPT_IDLE, DraftConflictError, DraftStore
from bot.eforms.supplements import SUPPLEMENT_CODE
from bot.eforms.turns import Said
from bot.portal.submission import Draft as PortalDraft
from bot.portal.submission import Receipt
from bot.storage.database import Database, writing
from bot.storage.models import Conversation
from bot.storage.usage_models import FormProgress
from tests.bot.eforms.citizen import Talk, sensible_answer, tools_of_today
from tests.moving_clock import MovingClock
from tests.shipped import shipped_forms

SHOP = shipped_forms()["1.001612"]
KEY = Fernet.generate_key().decode()


@pytest.fixture
def clock() -> MovingClock:
    return MovingClock()


@pytest.fixture
def store(database: Database, clock: MovingClock) -> DraftStore:
    with writing(database.sessions) as session:
        session.add(Conversation(id="one", channel="zalo", account="oa", external_id="one", opened_at=clock()))
    return DraftStore(database.sessions, KEY, clock)


def noted(database: Database, draft_id: str = "d1") -> FormProgress:
    with database.sessions() as session:
        return session.get_one(FormProgress, draft_hash(draft_id))


def opened(store: DraftStore) -> Draft:
    draft = begin(SHOP, new_draft(SHOP, "d1"), tools_of_today()).draft
    store.add("one", draft)
    return draft


def say(store: DraftStore, words: str) -> Draft:
    return store.turn("d1", "one", lambda draft: step(SHOP, draft, Said(words), tools_of_today())).draft


def test_the_furthest_question_stays_when_a_citizen_goes_back(store: DraftStore, database: Database, clock: MovingClock) -> None:
    opened(store)
    began = clock()
    assert (noted(database).step, noted(database).outcome) == ("field:business_name", "open")
    clock.move(minutes=5)
    for answer in ("Quán cà phê Mây", "15 Lý Thái Tổ", "Phường Kinh Bắc"):
        say(store, answer)
    row = noted(database)
    assert (row.step, row.channel, row.procedure_code, row.place_id) == (
        "field:lines",
        "zalo",
        "1.001612",
        "phuong-kinh-bac",
    )
    clock.move(minutes=5)
    assert say(store, "quay lại").asked != "lines"
    row = noted(database)
    assert row.step == "field:lines"
    assert (row.opened_at, row.touched_at) == (began, clock())


def test_a_member_of_a_group_is_a_step_without_its_number() -> None:
    draft = Draft("d", "c", "1", asked="children.12.full_name")
    assert step_of(draft) == ("field:children.full_name", 0)
    assert step_of(Draft("d", "c", "1", asked="p" * 90)) == ("field:" + "p" * 54, 0)
    assert step_of(Draft("d", "c", "1", stage="paused", asked="x")) is None
    assert step_of(Draft("d", "c", "1", stage="papers", asked="cccd")) == ("paper:cccd", 0)


def test_every_shipped_form_comes_to_review(store: DraftStore, database: Database) -> None:
    talk = Talk(SHOP)
    store.add("one", Draft.from_json({**talk.draft.to_json(), "id": "d1"}))
    seen = set()
    for _ in range(80):
        if talk.draft.stage != "filling":
            break
        talk.say(sensible_answer(talk.asked))
        seen_revision = store.load("d1", "one").revision
        store.save(Draft.from_json({**talk.draft.to_json(), "id": "d1"}), seen_revision)
        seen.add(noted(database).step)
    assert any(name.startswith("field:owner.") for name in seen)
    assert noted(database).step.startswith(("paper:", "review"))


def test_a_cancelled_an_expired_and_a_thrown_away_draft_end(store: DraftStore, database: Database, clock: MovingClock) -> None:
    draft = opened(store)
    gone = Draft.from_json({**draft.to_json(), "stage": "cancelled", "revision": draft.revision + 1})
    store.save(gone, draft.revision)
    assert (noted(database).outcome, noted(database).ended_at) == ("cancelled", clock())
    store.add("one", new_draft(SHOP, "d2"))
    store.forget("d2", "one")
    assert noted(database, "d2").outcome == "discarded"
    store.add("one", new_draft(SHOP, "d3"))
    clock.move(seconds=int(KEPT_IDLE.total_seconds()) + 1)
    assert store.purge_expired() == 1
    assert noted(database, "d3").outcome == "expired"


def test_a_save_that_comes_too_late_moves_nothing_on(store: DraftStore, database: Database, clock: MovingClock) -> None:
    draft = opened(store)
    say(store, "Quán cà phê Mây")
    at = noted(database).touched_at
    clock.move(minutes=1)
    with pytest.raises(DraftConflictError):
        store.save(Draft.from_json({**draft.to_json(), "revision": draft.revision + 1}), draft.revision)
    assert noted(database).touched_at == at


def test_an_answer_to_a_supplement_request_is_no_guided_submission(store: DraftStore, database: Database) -> None:
    store.add("one", Draft("s1", SUPPLEMENT_CODE, "1", supplement={"request": "r"}))
    with database.sessions() as session:
        assert session.scalars(select(FormProgress)).all() == []


def handed_over(database: Database, clock: MovingClock, revision: int, portal_id: str) -> None:
    ledger = SubmissionLedger(database.sessions, PrivateValues(database.sessions, KEY, clock), clock)
    ledger.record(HandedOver(portal_id, key_of("d1", revision), "one", "1.001612"), ())


def told(database: Database, clock: MovingClock, draft: PortalDraft) -> None:
    with writing(database.sessions) as session:
        Receipts(PrivateValues(database.sessions, KEY, clock)).take_in_draft(session, draft, clock())


def test_from_handing_over_to_sending(store: DraftStore, database: Database, clock: MovingClock) -> None:
    opened(store)
    handed_over(database, clock, 1, "p1")
    assert (noted(database).step, noted(database).outcome) == ("handed_over", "open")
    say(store, "Quán cà phê Mây")
    assert noted(database).step == "handed_over", "setting something right is no step back"
    told(database, clock, PortalDraft("p1", "application", "expired", "not_required", None, clock()))
    assert noted(database).outcome == "expired"
    handed_over(database, clock, 2, "p2")
    assert (noted(database).outcome, noted(database).ended_at) == ("open", None), "it is under way again"
    sent_at = clock() - timedelta(minutes=1)
    receipt = Receipt("000.00.00.G05-261127-00001", "abc", sent_at)
    told(database, clock, PortalDraft("p2", "application", "submitted", "not_required", None, clock(), receipt=receipt))
    row = noted(database)
    assert (row.step, row.outcome, row.ended_at) == ("sent", "sent", sent_at)
    store.forget("d1", "one")
    assert noted(database).outcome == "sent", "what was sent stays sent"


def test_it_outlives_the_citizens_deletion_and_leads_to_nobody(store: DraftStore, database: Database, clock: MovingClock) -> None:
    opened(store)
    say(store, "Quán cà phê Mây")
    with writing(database.sessions) as session:
        forget_citizen(session, session.get_one(Conversation, "one"), clock())
    assert noted(database).procedure_code == "1.001612"
    with database.engine.connect() as connection:
        raw = str(connection.execute(text("SELECT * FROM form_progress")).mappings().all())
    assert not any(part in raw for part in ("one'", "d1", "Mây"))
