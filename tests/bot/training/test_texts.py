"""Which texts count as the same, and a citizen's wish to be forgotten reaches what models were tried on."""

from bot.conversations.deletion import forget_citizen
from bot.storage.database import Database, writing
from bot.storage.models import Conversation, Inbound
from bot.storage.training_models import ReplayedAnswer
from bot.training.candidates import changed_answers
from bot.training.texts import text_key
from tests.bot.training.conftest import NOW


def test_numbers_spelling_and_closing_signs_make_no_other_text_and_marks_do() -> None:
    assert text_key("Tra hồ sơ ⟦dossier_code:3f9a2c⟧ ạ?") == text_key("tra  hồ sơ ⟦dossier_code:77aa01⟧ ạ")
    assert text_key("hoà giải") == text_key("hòa giải!")
    assert text_key("lệ phí") != text_key("le phi")


def test_what_a_forgotten_citizen_wrote_leaves_what_models_were_tried_on(database: Database, candidate_id: int) -> None:
    with writing(database.sessions) as session:
        for name, text in (("mine", "tôi là Hoàng Bí Mật"), ("theirs", "phí bao nhiêu")):
            conversation = Conversation(id=name, channel="webchat", account="web", external_id=name, opened_at=NOW)
            session.add(conversation)
            session.flush()
            session.add(
                Inbound(
                    conversation_id=name, channel="webchat", account="web", event_id=name, seq=1, received_at=NOW, text=text,
                    outcome="answered", finished_at=NOW,
                )
            )  # fmt: skip
            understood = {"intent": "ask_fee", "confidence": 0.9, "clauses": []}
            session.add(
                ReplayedAnswer(
                    candidate_id=candidate_id, text_key=text_key(text), text=text, times=1, last_written_at=NOW,
                    live=understood, candidate=understood,
                )
            )  # fmt: skip
    with writing(database.sessions) as session:
        counts = forget_citizen(session, session.get_one(Conversation, "mine"), NOW)
    assert counts["replayed_answer"] == 1
    with database.sessions() as session:
        assert [row.text for row in changed_answers(session, candidate_id)] == ["phí bao nhiêu"]
