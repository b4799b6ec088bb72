"""Files that officers send: what is taken, how it lies in the ledger, and a link that works once."""

import pytest

from bot.officers.files import (
    MAX_BYTES,
    CheckedFile,
    FileGoneError,
    FileRefusedError,
    checked_file,
    download_offered,
    file_message,
    file_to_attach,
    keep_file,
    take_file,
)
from bot.storage.database import writing
from bot.storage.officer_models import OfficerFile
from tests.bot.officers.office import LAN, Office

PDF = b"%PDF-1.7 x"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


class Scanner:
    """Says what it is told to say."""

    def __init__(self, verdict: str = "clean") -> None:
        self.verdict = verdict

    def scan(self, content: bytes):  # noqa: ARG002
        return self.verdict


def fetch(office: Office, token: str) -> bytes:
    with writing(office.sessions) as session:
        return take_file(session, office.private, token, office.clock()).content


@pytest.fixture
def token(office: Office) -> str:
    conversation = office.citizen("a", channel="zalo")
    with writing(office.sessions) as session:
        file = CheckedFile("hẹn.pdf", "application/pdf", PDF)
        return keep_file(session, office.private, conversation, LAN, file, office.clock()).token


def test_the_content_lies_encrypted_and_the_link_is_known_by_its_hash(office: Office, token: str) -> None:
    with office.sessions() as session:
        row = session.query(OfficerFile).one()
    assert PDF not in row.content
    assert token not in (row.token_hash, row.name)


def test_a_look_uses_nothing_up_and_a_download_uses_the_link_up_after_a_short_while(office: Office, token: str) -> None:
    for _ in range(3):
        with office.sessions() as session:
            assert download_offered(session, token, office.clock()).name == "hẹn.pdf"
    assert fetch(office, token) == PDF
    office.clock.move(minutes=9)
    assert fetch(office, token) == PDF
    office.clock.move(minutes=2)
    with pytest.raises(FileGoneError):
        fetch(office, token)
    with office.sessions() as session, pytest.raises(FileGoneError):
        download_offered(session, token, office.clock())


def test_a_link_nobody_opened_ends_after_its_days(office: Office, token: str) -> None:
    office.clock.move(days=3, minutes=1)
    with pytest.raises(FileGoneError):
        fetch(office, token)


@pytest.mark.parametrize("wrong", ["", "x" * 64, "\ud800", "' OR 1=1"])
@pytest.mark.usefixtures("token")
def test_a_guessed_link_leads_nowhere(office: Office, wrong: str) -> None:
    with pytest.raises(FileGoneError):
        fetch(office, wrong)


@pytest.mark.parametrize(
    ("content", "verdict", "reason"),
    [
        (b"", "clean", "missing"),
        (b"MZ", "clean", "wrong_type"),
        (b"<svg onload=alert(1)>", "clean", "wrong_type"),
        (b"PK\x03\x04 word/document.xml word/vbaProject.bin", "clean", "wrong_type"),
        (b"PK\x03\x04 any archive", "clean", "wrong_type"),
        (OLE + "WordDocument _VBA_PROJECT".encode("utf-16-le"), "clean", "wrong_type"),
        (OLE + "Workbook".encode("utf-16-le"), "clean", "wrong_type"),
        (PDF + b"x" * MAX_BYTES, "clean", "too_large"),
        (PDF, "infected", "infected"),
        (PDF, "failed", "not_scanned"),
    ],
)
def test_what_is_no_safe_paper_is_refused(content: bytes, verdict: str, reason: str) -> None:
    with pytest.raises(FileRefusedError) as refused:
        checked_file("a.pdf", content, Scanner(verdict))
    assert refused.value.reason == reason


@pytest.mark.parametrize(
    ("content", "name"),
    [(b"PK\x03\x04 word/document.xml", "mẫu.docx"), (OLE + "WordDocument".encode("utf-16-le"), "mẫu.doc")],
    ids=["docx", "doc"],
)
def test_a_form_in_word_may_be_sent(content: bytes, name: str) -> None:
    assert checked_file("mẫu.exe", content, Scanner()).name == name


def test_a_file_goes_to_the_platform_only_for_its_own_conversation_and_while_it_is_kept(office: Office) -> None:
    mine, other = office.citizen("a", channel="zalo"), office.citizen("b", channel="zalo")
    with writing(office.sessions) as session:
        kept = keep_file(session, office.private, mine, LAN, CheckedFile("a.pdf", "application/pdf", PDF), office.clock())
    with office.sessions() as session:
        found = [file_to_attach(session, office.private, whose, kept.id, office.clock()) for whose in (mine, other)]
        office.clock.move(days=3)
        late = file_to_attach(session, office.private, mine, kept.id, office.clock())
    assert [file.content if file else None for file in (*found, late)] == [PDF, None, None]


@pytest.mark.parametrize(
    ("name", "kept_as"),
    [
        ("Giấy hẹn (1).PDF", "Giấy hẹn (1).pdf"),
        ("..\\..\\etc/passwd", "passwd.pdf"),
        ('a"b<c>\r\nSet-Cookie.exe', "abcSet-Cookie.pdf"),
        ("", "tep.pdf"),
        ("x" * 500, "x" * 100 + ".pdf"),
        ("CCCD 024099001234.pdf", "CCCD 234.pdf"),
    ],
)
def test_names_are_harmless_and_hold_no_private_number(name: str, kept_as: str) -> None:
    assert checked_file(name, PDF, Scanner()).name == kept_as


def test_the_link_is_a_button_where_it_is_secure_and_words_where_it_is_not() -> None:
    assert file_message("https://mc.example", "t", "a.pdf").buttons[0].url == "https://mc.example/files/t"
    plain = file_message("http://127.0.0.1:8080", "t", "a.pdf")
    assert plain.buttons == ()
    assert plain.text.endswith("http://127.0.0.1:8080/files/t")
