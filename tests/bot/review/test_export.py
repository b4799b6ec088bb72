"""Transcripts as files: masked, whole, safe in a spreadsheet, with every Vietnamese letter in the PDF."""

import csv
import io
import json
from itertools import pairwise

import pytest
from pypdf import PdfReader
from sqlalchemy import select

from bot.conversations.deletion import forget_citizen
from bot.conversations.speech import Line, write_lines
from bot.messages import BotMessage
from bot.review.export import (
    COLUMNS,
    MOST_LINES,
    ExportedConversation,
    as_csv,
    as_json,
    each_conversation,
    read_for_export,
)
from bot.review.judgements import judge
from bot.review.pdf import Heading, transcripts_pdf
from bot.spreadsheets import spreadsheet_cell
from bot.storage.database import writing
from bot.storage.models import Conversation, Outbound
from tests.bot.officers.office import Office
from tests.bot.review.talks import talk

CCCD = "024099001234"


def exported(office: Office, *conversations: str) -> list[ExportedConversation]:
    return list(each_conversation(office.sessions, conversations, office.clock()))


def pdf_text(office: Office, *conversations: str) -> list[str]:
    heading = Heading("Trung tâm Phục vụ hành chính công tỉnh Bắc Ninh", office.clock(), "Nguyễn Thị Hạnh")
    content = transcripts_pdf(exported(office, *conversations), heading, str)
    return [page.extract_text() for page in PdfReader(io.BytesIO(content)).pages]


def rows(office: Office, *conversations: str) -> list[list[str]]:
    text = "".join(as_csv(exported(office, *conversations), lambda team: f"Đội {team}"))
    assert text.startswith("\ufeff")
    return list(csv.reader(io.StringIO(text[1:])))


@pytest.fixture
def judged(office: Office) -> str:
    conversation = talk(office, f"CCCD của tôi là {CCCD}, lệ phí?", "Lệ phí 5.000 đồng", confidence=0.42, procedure="1.001193")
    with writing(office.sessions) as session:
        last = select(Outbound.id).where(Outbound.author == "bot").order_by(Outbound.id.desc())
        answer = session.scalars(last.limit(1)).one()
        judge(
            session,
            conversation,
            answer,
            "lan",
            "Lan",
            "wrong",
            office.clock(),
            fault="wrong_facts",
            note="đã đổi",
            right_answer="Miễn",
        )
    return conversation


def test_a_row_per_message_with_how_it_was_understood_and_judged(office: Office, judged: str) -> None:
    head, _greeting, question, answer = rows(office, judged)
    assert len(head) == len(question) == len(COLUMNS)
    cells = dict(zip(COLUMNS, answer, strict=True))
    assert cells["conversation"] == judged
    assert (cells["speaks"], cells["text"], cells["confidence"]) == ("Trợ lý tự động", "Lệ phí 5.000 đồng", "0.42")
    assert (cells["verdict"], cells["fault"]) == ("Lan: Trả lời sai", "Sai thông tin (phí, giấy tờ, thời hạn…)")
    assert (cells["note"], cells["right_answer"]) == ("đã đổi", "Miễn")
    assert CCCD not in str(question)


@pytest.mark.parametrize("text", ["=1+1", "+84", "-2", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "  =1", "＝1", "|calc", "%0A=1"])
def test_no_message_becomes_a_formula(office: Office, text: str) -> None:
    assert spreadsheet_cell(text) == f"'{text}"
    conversation = office.citizen()
    with writing(office.sessions) as session:
        row = session.get_one(Conversation, conversation)
        write_lines(session, row, [Line(BotMessage(text), "officer", "=x", "=Lan")], key="k", now=office.clock())
    for row in rows(office, conversation)[1:]:
        assert not [cell for cell in row if cell.lstrip()[:1] in tuple("=+-@|%＝")]


def test_cells_hold_quotes_line_breaks_and_commas(office: Office) -> None:
    conversation = talk(office, 'dòng "một",\ndòng; hai')
    assert rows(office, conversation)[2][COLUMNS.index("text")] == 'dòng "một",\ndòng; hai'


def test_the_json_is_whole_also_with_no_conversation(office: Office, judged: str) -> None:
    about = {"exported_at": "x", "cut": False}
    assert json.loads("".join(as_json([], about))) == {**about, "conversations": []}
    assert json.loads("".join(as_json([], {}))) == {"conversations": []}
    other = talk(office, "</script>\u2028 'x'")
    found = json.loads("".join(as_json(exported(office, judged, other, "nowhere"), about)))
    assert [one["id"] for one in found["conversations"]] == [judged, other]
    answer = found["conversations"][0]["messages"][-1]
    assert answer["judgements"][0]["verdict"] == "wrong"
    assert CCCD not in str(found)


def test_the_pdf_names_the_agency_the_date_and_its_pages(office: Office, judged: str) -> None:
    pages = pdf_text(office, judged, talk(office, "Đặng Thuỳ Trâm hỏi: ưỡn ẹo, nghễu nghện, Ở ĐÂU?"))
    assert len(pages) == 2
    for number, page in enumerate(pages, 1):
        assert "Trung tâm Phục vụ hành chính công tỉnh Bắc Ninh" in page
        assert "23/11/2026 bởi Nguyễn Thị Hạnh" in page
        assert f"Trang {number}/2" in page
    assert "Lệ phí 5.000 đồng" in pages[0]
    assert "Trả lời sai" in pages[0]
    assert CCCD not in pages[0]
    assert "Đặng Thuỳ Trâm hỏi: ưỡn ẹo, nghễu nghện, Ở ĐÂU?" in pages[1]


def test_every_vietnamese_letter_is_in_the_font() -> None:
    from bot.printing import register_fonts

    letters = "aăâbcdđeêghiklmnoôơpqrstuưvxyàáảãạằắẳẵặầấẩẫậèéẻẽẹềếểễệìíỉĩịòóỏõọồốổỗộờớởỡợùúủũụừứửữựỳýỷỹỵ"
    assert not [letter for letter in letters + letters.upper() + "“”–…₫•" if ord(letter) not in register_fonts()]


@pytest.mark.parametrize(
    "text",
    ["<para>&amp;<b>x", "x" * 2000, "😀👍🇻🇳 xong", "\u202eđảo", "漢字", "\x07\x00a", "a\n" * 900, "e\u0302\u0301m"],
    ids=["markup", "long-word", "emoji", "direction", "chinese", "control", "many-lines", "decomposed"],
)
def test_hostile_words_make_a_readable_pdf(office: Office, text: str) -> None:
    pages = pdf_text(office, talk(office, "câu hỏi", text))
    assert "câu hỏi" in pages[0]
    if text == "<para>&amp;<b>x":
        assert text in pages[0]
    if text.startswith("😀"):
        assert "xong" in pages[0]


def test_a_very_long_conversation_is_cut_and_says_so(office: Office) -> None:
    conversation = office.citizen()
    with writing(office.sessions) as session:
        row = session.get_one(Conversation, conversation)
        lines = [Line(BotMessage(f"dòng {number}")) for number in range(MOST_LINES + 5)]
        write_lines(session, row, lines, key="k", now=office.clock())
    with office.sessions() as session:
        found = read_for_export(session, conversation, office.clock())
    assert found is not None
    assert (len(found.lines), found.cut) == (MOST_LINES, True)
    assert all(one.seq + 1 == two.seq for one, two in pairwise(found.lines))


def test_a_conversation_that_is_forgotten_is_an_empty_file(office: Office, judged: str) -> None:
    with writing(office.sessions) as session:
        forget_citizen(session, session.get_one(Conversation, judged), office.clock())
    assert "Không còn nội dung" in pdf_text(office, judged)[0]
    assert "Lệ phí" not in "".join(as_csv(exported(office, judged), str))
