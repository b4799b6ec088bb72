"""Drafts in the ledger: encrypted, found again by their owner, never overwritten blindly, gone after 30 days."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import text

from bot.conversations.deletion import forget_citizen
from bot.conversations.identity_links import PersonProof
from bot.eforms.draft import Draft
from bot.eforms.engine import begin, new_draft, step
from bot.eforms.store import DraftConflictError, DraftGoneError, DraftStore, person_of
from bot.eforms.turns import Said, Upload
from bot.storage.channel_models import Attachment
from bot.storage.database import Database, writing
from bot.storage.eform_models import EFormDraft
from bot.storage.models import Conversation, Inbound
from tests.bot.eforms.citizen import Talk, form_from, sensible_answer, tools_of_today
from tests.moving_clock import MovingClock
from tests.shipped import shipped_forms

SHOP = shipped_forms()["1.001612"]
KEY = Fernet.generate_key().decode()
PROOF = PersonProof("027190001234", "0912345678")
TWO = form_from("type: object\nrequired: [a, b]\nproperties: {a: {type: string, title: Mục A}, b: {type: string, title: Mục B}}")


@pytest.fixture
def clock() -> MovingClock:
    return MovingClock()


@pytest.fixture
def store(database: Database, clock: MovingClock) -> DraftStore:
    with writing(database.sessions) as session:
        for name in ("one", "two"):
            session.add(Conversation(id=name, channel="webchat", account="web", external_id=name, opened_at=clock()))
    return DraftStore(database.sessions, KEY, clock)


def half_filled(draft_id: str = "d1") -> Draft:
    talk = Talk(SHOP)
    while talk.draft.asked != "owner.email":
        talk.say(sensible_answer(talk.asked))
    talk.say("hoa.nguyen@example.vn")
    return Draft.from_json({**talk.draft.to_json(), "id": draft_id})


def test_a_draft_comes_back_as_it_was(store: DraftStore) -> None:
    draft = half_filled()
    store.add("one", draft)
    assert store.load("d1", "one") == draft


def test_nothing_personal_lies_in_the_table_in_clear(store: DraftStore, database: Database) -> None:
    draft = half_filled()
    store.add("one", draft, PROOF)
    with database.engine.connect() as connection:
        rows = connection.execute(text("SELECT * FROM eform_draft")).all()
    raw = "|".join(
        bytes(value).decode("latin-1") if isinstance(value, bytes | memoryview) else str(value) for row in rows for value in row
    )
    assert len(rows) == 1
    for part in (
        "Nguyễn",
        "Hoà",
        "027190001234",
        "0912345678",
        "hoa.nguyen",
        "Lý Thái Tổ",
        "kinh-bac",
        "1990",
        "Mây",
        "50000000",
        "full_name",
    ):
        assert part not in raw, part
        assert part.encode().decode("latin-1") not in raw, part


def test_another_conversation_cannot_open_it(store: DraftStore) -> None:
    store.add("one", half_filled())
    for draft_id, conversation in (("d1", "two"), ("nope", "one")):
        with pytest.raises(DraftGoneError):
            store.load(draft_id, conversation)


def test_two_drafts_at_once(store: DraftStore, clock: MovingClock) -> None:
    store.add("one", new_draft(SHOP, "d1"))
    clock.move(minutes=1)
    store.add("one", new_draft(TWO, "d2"))
    assert [row.id for row in store.drafts_of("one")] == ["d2", "d1"]
    clock.move(minutes=1)
    store.turn("d1", "one", lambda draft: step(SHOP, draft, Said("Quán Mây"), tools_of_today()))
    assert [(row.id, row.procedure_code) for row in store.drafts_of("one")] == [("d1", "1.001612"), ("d2", "9.000001")]
    assert store.drafts_of("two") == ()


def test_a_person_finds_it_from_another_channel_only_with_both_numbers(store: DraftStore) -> None:
    draft = half_filled()
    assert person_of(SHOP, draft) == PROOF
    assert person_of(SHOP, new_draft(SHOP, "x")) is None
    store.add("one", draft, person_of(SHOP, draft))
    assert [row.id for row in store.drafts_of_person(PROOF)] == ["d1"]
    assert store.drafts_of_person(PersonProof("027190001234", "0912345679")) == ()
    with pytest.raises(DraftGoneError):
        store.adopt("d1", "two", PersonProof("027190001235", "0912345678"))
    assert store.adopt("d1", "two", PROOF) == draft
    assert store.load("d1", "two") == draft
    with pytest.raises(DraftGoneError):
        store.load("d1", "one")


def test_a_draft_without_a_known_owner_is_nobody_s(store: DraftStore) -> None:
    store.add("one", half_filled())
    assert store.drafts_of_person(PROOF) == ()
    with pytest.raises(DraftGoneError):
        store.adopt("d1", "two", PROOF)


def test_of_two_writers_one_wins(store: DraftStore) -> None:
    store.add("one", new_draft(TWO, "d1"))
    seen = store.load("d1", "one")
    first = step(TWO, seen, Said("một"), tools_of_today()).draft
    second = step(TWO, seen, Said("hai"), tools_of_today()).draft
    store.save(first, seen.revision)
    with pytest.raises(DraftConflictError):
        store.save(second, seen.revision)
    assert store.load("d1", "one").plain == {"a": "một"}


def test_no_answer_of_two_writers_is_lost(store: DraftStore) -> None:
    names = "abcdefgh"
    form = form_from("type: object\nproperties: {" + ", ".join(f"{n}: {{type: string, title: Muc {n}}}" for n in names) + "}")
    store.add("one", new_draft(form, "d1"))

    def answer(name: str) -> None:
        act = Said(act={"do": "answer", "field": name, "value": f"answer {name}"})
        for _ in range(20):
            try:
                store.turn("d1", "one", lambda draft: step(form, draft, act, tools_of_today()))
            except DraftConflictError:
                continue
            return

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(answer, names))
    assert store.load("d1", "one").plain == {name: f"answer {name}" for name in names}


def test_a_question_in_between_writes_nothing(store: DraftStore) -> None:
    store.add("one", begin(TWO, new_draft(TWO, "d1"), tools_of_today()).draft)
    before = store.drafts_of("one")[0]
    made = store.turn("d1", "one", lambda draft: step(TWO, draft, Said("phí bao nhiêu?"), tools_of_today()))
    assert made.reply.outcome == "not_an_answer"
    assert store.drafts_of("one")[0] == before


def test_a_cancelled_draft_is_gone_and_a_confirmed_one_no_longer_offered(store: DraftStore) -> None:
    store.add("one", new_draft(TWO, "d1"))
    for words in ("huỷ", "đúng"):
        store.turn("d1", "one", lambda draft, words=words: step(TWO, draft, Said(words), tools_of_today()))
    with pytest.raises(DraftGoneError):
        store.load("d1", "one")
    store.add("one", new_draft(TWO, "d2"))
    for words in ("một", "hai", "đúng rồi"):
        store.turn("d2", "one", lambda draft, words=words: step(TWO, draft, Said(words), tools_of_today()))
    assert store.drafts_of("one") == ()
    assert store.load("d2", "one").stage == "confirmed"


def test_thirty_idle_days_end_a_draft(store: DraftStore, clock: MovingClock) -> None:
    store.add("one", half_filled("d1"), PROOF)
    clock.move(days=29)
    assert store.purge_expired() == 0
    store.turn("d1", "one", lambda draft: step(SHOP, draft, Said("bổ sung sau"), tools_of_today()))
    assert store.drafts_of("one") != ()
    clock.move(days=30, minutes=1)
    assert store.drafts_of("one") == ()
    assert store.drafts_of_person(PROOF) == ()
    with pytest.raises(DraftGoneError):
        store.load("d1", "one")
    assert store.purge_expired() == 1
    assert store.purge_expired() == 0


def test_keys_are_rotated(database: Database, store: DraftStore, clock: MovingClock) -> None:
    store.add("one", half_filled(), PROOF)
    newer = Fernet.generate_key().decode()
    rotated = DraftStore(database.sessions, f"{newer},{KEY}", clock)
    assert rotated.load("d1", "one") == half_filled()
    assert [row.id for row in rotated.drafts_of_person(PROOF)] == ["d1"]
    with pytest.raises(DraftGoneError):
        DraftStore(database.sessions, newer, clock).load("d1", "one")


def test_a_content_moved_to_another_row_is_nobody_s(database: Database, store: DraftStore) -> None:
    store.add("one", half_filled("d1"))
    store.add("two", new_draft(TWO, "d2"))
    with writing(database.sessions) as session:
        first, second = session.get(EFormDraft, "d1"), session.get(EFormDraft, "d2")
        assert first is not None
        assert second is not None
        second.content = first.content
    with pytest.raises(DraftGoneError):
        store.load("d2", "two")


def test_uploads_live_as_long_as_their_draft(database: Database, store: DraftStore, clock: MovingClock) -> None:
    with writing(database.sessions) as session:
        inbound = Inbound(conversation_id="one", channel="webchat", account="web", event_id="e", seq=1, received_at=clock())
        session.add(inbound)
        session.flush()
        paper = Attachment(
            inbound_id=inbound.id,
            conversation_id="one",
            position=0,
            kind="image",
            state="fetched",
            content=b"x",
            expires_at=clock() + timedelta(hours=24),
        )
        session.add(paper)
        session.flush()
        ref = str(paper.id)
    form = form_from("type: object\nproperties: {a: {type: string, title: Mục A}}\nx-papers: [{id: p, title: Giấy}]")
    store.add("one", new_draft(form, "d1"))
    for said in (Said("một"), Said(uploads=(Upload(ref, "image/jpeg"),))):
        store.turn("d1", "one", lambda draft, said=said: step(form, draft, said, tools_of_today()))

    def kept_until() -> timedelta:
        with database.sessions() as session:
            row = session.get(Attachment, int(ref))
            assert row is not None
            return row.expires_at - clock()

    assert kept_until() == timedelta(days=30)
    store.forget("d1", "two")
    assert store.drafts_of("one") != ()
    store.forget("d1", "one")
    assert store.drafts_of("one") == ()
    assert kept_until() == timedelta(0)


def test_a_citizen_who_is_forgotten_leaves_no_draft(database: Database, store: DraftStore, clock: MovingClock) -> None:
    store.add("one", half_filled())
    with writing(database.sessions) as session:
        conversation = session.get(Conversation, "one")
        assert conversation is not None
        forget_citizen(session, conversation, clock())
    with database.sessions() as session:
        assert session.get(EFormDraft, "d1") is None
