"""A number that comes in pieces is masked in every message, whichever channel it came from, and can be used as a whole."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import select

from bot.conversations.intake import CitizenEvent, Intake
from bot.conversations.platform_changes import PlatformChanges
from bot.conversations.platform_intake import PlatformIntake
from bot.conversations.private_values import PrivateValues
from bot.conversations.transcript import read_transcript
from bot.language.masking import PLACEHOLDER, placeholders_in
from bot.messages import BotMessage
from bot.storage.database import Database, writing
from bot.storage.models import Conversation, Inbound
from tests.bot.conversations.platform_messages import message
from tests.moving_clock import MovingClock

Says = Callable[..., None]


@pytest.fixture
def clock() -> MovingClock:
    return MovingClock()


@pytest.fixture
def private(database: Database, clock: MovingClock) -> PrivateValues:
    return PrivateValues(database.sessions, Fernet.generate_key().decode(), clock)


@pytest.fixture(params=["webchat", "platform", "platform, all at once"])
def says(request: pytest.FixtureRequest, database: Database, private: PrivateValues, clock: MovingClock) -> Says:
    """A citizen says these one after the other, a little later each."""
    web = Intake(database.sessions, private, clock)
    changes = PlatformChanges(timedelta(minutes=30), lambda: BotMessage("Kính chào"))
    platform = PlatformIntake(database.sessions, private, changes, {}, clock)
    numbers = iter(range(1000))

    def each(*texts: str, citizen: str = "u1", pause: float = 20) -> None:
        if request.param == "platform, all at once":
            platform.take_in([message(f"m{next(numbers)}", text, citizen=citizen) for text in texts])
            clock.move(seconds=pause)
            return
        for text in texts:
            if request.param == "webchat":
                web.accept([CitizenEvent("webchat", "web", citizen, f"e{next(numbers)}", b"{}", text=text)])
            else:
                platform.take_in([message(f"m{next(numbers)}", text, citizen=citizen)])
            clock.move(seconds=pause)

    return each


def texts(database: Database) -> list[str]:
    with database.sessions() as session:
        return [text or "" for text in session.scalars(select(Inbound.text).order_by(Inbound.id))]


def shown(database: Database) -> list[str]:
    with database.sessions() as session:
        conversation = session.scalars(select(Conversation.id)).first()
        return [line.text for line in read_transcript(session, conversation or "")]


@pytest.mark.parametrize(
    "pieces",
    [
        ("024099", "001234"),
        ("cccd của em là 024099", "6 số cuối 001234 ạ"),
        ("không hai bốn không chín chín", "không không một hai ba bốn"),
        ("024", "099", "001234"),
        ("024 ạ", "099", "001", "234"),
        ("024099001", "234"),
    ],
)
def test_no_piece_of_an_id_stays_and_the_whole_can_be_used(
    database: Database, private: PrivateValues, says: Says, pieces: tuple[str, ...]
) -> None:
    says(*pieces)
    kept = texts(database)
    # A token is random and may hold any of them.
    words = [PLACEHOLDER.sub("", text) for text in kept]
    assert not any(piece in text for text in words for piece in ("024", "099", "001", "234", "không", "bốn"))
    references = {reference for text in kept for reference in placeholders_in(text)}
    assert {kind for kind, _ in references} == {"citizen_id"}
    (token,) = {token for _, token in placeholders_in(kept[-1])}
    with database.sessions() as session:
        conversation = session.scalars(select(Conversation.id)).one()
    assert private.reveal(token, conversation) == "024099001234"
    assert all("*********234" in line for line in shown(database))


def test_a_dossier_code_and_a_telephone_number_in_pieces(database: Database, says: Says) -> None:
    says("hồ sơ H05.12.3-260818", "0001 nhé")
    says("gọi lại 0912", "345678")
    kinds = [[kind for kind, _ in placeholders_in(text)] for text in texts(database)]
    assert kinds == [["dossier_code"], ["dossier_code"], ["phone"], ["phone"]]
    assert texts(database)[0].startswith("hồ sơ ⟦")
    assert texts(database)[1].endswith("⟧ nhé")


def test_the_beginning_of_a_number_is_private_before_the_rest_is_there(database: Database, says: Says) -> None:
    says("024099", "2024", "lệ phí 20000")
    kept = texts(database)
    assert [kind for kind, _ in placeholders_in(kept[0])] == ["citizen_id"]
    assert kept[1:] == ["2024", "lệ phí 20000"]


def test_pieces_far_apart_or_of_two_people_are_not_put_together(database: Database, says: Says, clock: MovingClock) -> None:
    says("năm 024")
    clock.move(minutes=11)
    says("099001")
    assert texts(database) == ["năm 024", "099001"] or placeholders_in(texts(database)[1])
    says("không hai bốn không chín chín", citizen="u2")
    says("không không một hai ba bốn", citizen="u3")
    assert texts(database)[2:] == ["không hai bốn không chín chín", "không không một hai ba bốn"]


def test_ordinary_talk_stays_as_it_was_said(database: Database, says: Says) -> None:
    talk = (
        "đăng ký khai sinh cần gì",
        "2",
        "lệ phí 500000",
        "000 đồng à",
        "năm 2024",
        "2025 thì sao",
        "không",
        "hai",
        "1.004194",
    )
    says(*talk)
    assert texts(database) == list(talk)


def test_an_answer_to_another_question_is_not_taken_for_a_beginning(database: Database, says: Says) -> None:
    says("xin chào")
    with writing(database.sessions) as session:
        session.scalars(select(Conversation)).one().expects = "paper"
    says("0240")
    assert texts(database)[-1] == "0240"


def test_a_number_that_the_message_before_called_by_name_is_masked(database: Database, says: Says) -> None:
    says("số bhxh của em đây ạ", "2720123456")
    first, second = texts(database)
    assert first == "số bhxh của em đây ạ"
    assert [kind for kind, _ in placeholders_in(second)] == ["social_insurance"]
    assert shown(database)[-1] == "*******456"
