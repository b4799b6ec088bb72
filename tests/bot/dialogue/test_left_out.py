"""A fee or a time that may not be told is not told in passing; everything else stays."""

import pytest

from bot.dialogue.left_out import without_facets
from bot.messages import BotMessage

FEE, TIME = "(mức phí đang được rà soát)", "(thời gian đang được rà soát)"


def left(text: str, facet: str, *off: str, kind: str = "answer") -> str:
    return without_facets(BotMessage(text, kind=kind, procedure_code="1.001193", facet=facet), off)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "facet", "expected"),
    [
        ("3. Nộp phí 8.000 đồng và nhận giấy.", "steps", f"3. Nộp phí {FEE} và nhận giấy."),
        ("Phí, lệ phí: 8.000đ/bản.", "overview", f"Phí, lệ phí: {FEE}/bản."),
        ("Lệ phí hai mươi nghìn đồng", "steps", f"Lệ phí {FEE}"),
        ("Nộp trực tuyến được miễn phí.", "online_level", f"Nộp trực tuyến {FEE}."),
        ("Nộp tại xã thì không thu lệ phí", "place", f"Nộp tại xã thì {FEE}"),
        ("Cách làm thủ tục trợ giúp pháp lý miễn phí:", "steps", "Cách làm thủ tục trợ giúp pháp lý miễn phí:"),
        ("Nếu không thụ lý thì nêu lý do về phí.", "steps", "Nếu không thụ lý thì nêu lý do về phí."),
        ("- Giấy tờ thuộc diện được miễn lệ phí", "documents", "- Giấy tờ thuộc diện được miễn lệ phí"),
        ("phí 20.000 đồng, nộp qua mạng 10.000 đồng", "submission", f"phí {FEE}, nộp qua mạng {FEE}"),
        ("Nộp lệ phí và nhận giấy hẹn.", "steps", "Nộp lệ phí và nhận giấy hẹn."),
        ("Hỗ trợ chi phí mai táng 10.000.000 đồng", "result", "Hỗ trợ chi phí mai táng 10.000.000 đồng"),
        ("Thu nhập dưới 2.000.000 đồng/tháng", "conditions", "Thu nhập dưới 2.000.000 đồng/tháng"),
        ("Giấy tờ: 2 bản sao, 3 ảnh 4 x 6", "documents", "Giấy tờ: 2 bản sao, 3 ảnh 4 x 6"),
        ("Mẫu theo Nghị định 123/2015/NĐ-CP, mã 1.001193", "form", "Mẫu theo Nghị định 123/2015/NĐ-CP, mã 1.001193"),
    ],
)
def test_a_fee_is_left_out_of_other_answers(text: str, facet: str, expected: str) -> None:
    assert left(text, facet, "fee") == expected
    assert left(text, facet, "place") == text


@pytest.mark.parametrize(
    ("text", "facet", "expected"),
    [
        ("2. Trong 03 ngày làm việc, trường trả hồ sơ.", "steps", f"2. Trong {TIME}, trường trả hồ sơ."),
        ("Thời hạn: 5 ngày làm việc.", "overview", f"Thời hạn: {TIME}."),
        ("Kết quả có ngay trong ngày làm việc", "result", f"Kết quả có {TIME}"),
        ("Trả kết quả sau 3 - 5 ngày", "result", f"Trả kết quả sau {TIME}"),
        ("nửa ngày là xong", "steps", f"{TIME} là xong"),
        ("- Ảnh chụp không quá 10 ngày", "documents", "- Ảnh chụp không quá 10 ngày"),
        ("Tạm ngừng từ 15 ngày trở lên", "conditions", "Tạm ngừng từ 15 ngày trở lên"),
        ("Áp dụng từ ngày 5 tháng 8 năm 2026", "steps", "Áp dụng từ ngày 5 tháng 8 năm 2026"),
        ("Mở cửa 7 giờ 30", "place", "Mở cửa 7 giờ 30"),
        ("Sáng từ 7 giờ đến 11 giờ", "place", "Sáng từ 7 giờ đến 11 giờ"),
        ("Xong trong 48 giờ", "steps", f"Xong trong {TIME}"),
        ("Trả trong 08 giờ làm việc", "steps", f"Trả trong {TIME}"),
    ],
)
def test_a_time_is_left_out_of_answers_that_tell_the_agencys_time(text: str, facet: str, expected: str) -> None:
    assert left(text, facet, "processing_time") == expected


def test_both_may_be_off_and_a_dossiers_own_facts_stay() -> None:
    text = "Nộp phí 8.000 đồng, có kết quả sau 2 ngày.\nMang bản chính."
    assert left(text, "steps", "fee", "processing_time") == f"Nộp phí {FEE}, có kết quả sau {TIME}.\nMang bản chính."
    assert left("Phí phải nộp: 8.000 đồng", "fee", "fee", kind="status") == "Phí phải nộp: 8.000 đồng"
