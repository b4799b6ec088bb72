"""An officer's file on the citizen's phone: as the platform's own attachment, once, and as a link where it is refused."""

import pytest

from bot.conversations.media_types import DOCX
from bot.officers.files import CheckedFile
from tests.connectors.honesty.assistant import Assistant
from tests.connectors.honesty.marks import on_each_channel, on_zalo
from tests.connectors.honesty.stands import Citizen, soon
from tests.connectors.honesty.test_uncertain_sends import introduced

PDF = CheckedFile("Giấy hẹn.pdf", "application/pdf", b"%PDF-1.7 " + b"x" * 5000)
PICTURE = CheckedFile("Sơ đồ.png", "image/png", b"\x89PNG\r\n\x1a\n" + b"\0" * 5000)
FORM = CheckedFile("Mẫu đơn.docx", DOCX, b"PK\x03\x04 word/document.xml")
UPLOAD = {"zalo": "v2.0/oa/upload/file", "facebook": "message_attachments", "telegram": "sendDocument"}
MESSAGE = {"zalo": "v3.0/oa/message/cs", "facebook": "messages", "telegram": "sendDocument"}
REFUSAL = {
    "zalo": {"status": 200, "body": {"error": -210, "message": "file size"}},
    "facebook": {"status": 400, "body": {"error": {"message": "too big", "code": 100, "error_subcode": 2018109}}},
    "telegram": {"status": 413, "body": {"ok": False, "error_code": 413, "description": "Request Entity Too Large"}},
}


def attached(citizen: Citizen) -> list[str]:
    """The names of the files on the phone."""
    return [file["name"] for shown in citizen.shown() for file in shown["attachments"]]


def names_on(channel: str, *files: CheckedFile) -> list[str]:
    plain = {"Giấy hẹn.pdf": "giay-hen.pdf", "Sơ đồ.png": "so-do.png", "Mẫu đơn.docx": "mau-don.docx"}
    return [plain[file.name] if channel == "zalo" else file.name for file in files]


@on_each_channel
def test_files_lie_in_the_chat_itself_and_no_link_is_sent(assistant: Assistant, citizen: Citizen, channel: str) -> None:
    introduced(citizen)
    for file in (PDF, PICTURE, FORM):
        assert assistant.wait_end(assistant.give_file(citizen, file)) == ("sent", None)
    assert attached(citizen) == names_on(channel, PDF, PICTURE, FORM)
    assert not [text for text in citizen.heard() if "motcua.example" in text]
    assert assistant.conversation(citizen).speaker == "bot", "our own file come back is no officer on the platform"


@on_each_channel
def test_a_file_whose_end_is_unknown_is_not_sent_twice(assistant: Assistant, citizen: Citizen, channel: str) -> None:
    introduced(citizen)
    assistant.stop_sender()
    number = assistant.give_file(citizen, PDF)
    if channel != "telegram":
        # The words before the file are a message by the same method: it is the second one whose answer gets lost.
        citizen.stand.fault("slow", seconds=0, method=MESSAGE[channel])
    citizen.stand.fault("accept_then_timeout", seconds=0.3, method=MESSAGE[channel])
    assistant.start_sender()
    # Zalo and Messenger repeat our message to us, and so tell that it arrived; Telegram does not.
    expected = "ambiguous" if channel == "telegram" else "sent"
    soon(lambda: assistant.wait_end(number)[0] == expected, what=expected)
    citizen.say("cảm ơn")
    citizen.wait_heard(4)
    assert attached(citizen) == names_on(channel, PDF)


@pytest.mark.parametrize("channel", ["zalo", "facebook"])
def test_an_upload_without_an_answer_is_made_again_and_shows_the_file_once(
    assistant: Assistant, citizen: Citizen, channel: str
) -> None:
    introduced(citizen)
    citizen.stand.fault("accept_then_timeout", seconds=0.3, method=UPLOAD[channel])
    assert assistant.wait_end(assistant.give_file(citizen, PDF)) == ("sent", None)
    assert attached(citizen) == names_on(channel, PDF)


@on_each_channel
def test_a_file_that_the_platform_refuses_comes_as_its_link_and_the_officer_is_told(
    assistant: Assistant, citizen: Citizen, channel: str
) -> None:
    introduced(citizen)
    citizen.stand.fault("reply", method=UPLOAD[channel], **REFUSAL[channel])
    state, detail = assistant.wait_end(assistant.give_file(citizen, PDF))
    assert (state, (detail or "")[:14]) == ("sent", "sent_as_link: ")
    assert "https://motcua.example/files/" in citizen.heard()[-1]
    assert attached(citizen) == []


@on_zalo
def test_with_the_months_uploads_used_up_the_link_comes(assistant: Assistant, citizen: Citizen) -> None:
    introduced(citizen)
    citizen.stand.knobs(uploads_per_month=0)
    try:
        assert assistant.wait_end(assistant.give_file(citizen, PDF)) == ("sent", "sent_as_link: upload quota")
    finally:
        citizen.stand.knobs(uploads_per_month=5000)
    assert "https://motcua.example/files/" in citizen.heard()[-1]


@on_zalo
def test_an_upload_that_zalo_forgot_is_made_again(assistant: Assistant, citizen: Citizen) -> None:
    introduced(citizen)
    assistant.stop_sender()
    number = assistant.give_file(citizen, PDF)
    citizen.stand.fault("slow", seconds=0, method=MESSAGE["zalo"])
    citizen.stand.fault("reply", status=200, body={"error": -100, "message": "expired"}, method=MESSAGE["zalo"])
    assistant.start_sender()
    assert assistant.wait_end(number) == ("sent", None)
    assert attached(citizen) == names_on("zalo", PDF)
