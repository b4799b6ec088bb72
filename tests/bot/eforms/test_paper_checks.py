"""Uploaded papers: kind, size, pages, safety, and whether a photo can be read."""

import io
from dataclasses import dataclass

import pytest
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter, ImageFont
from pypdf import PdfWriter

from bot.eforms.fields import Wording
from bot.eforms.paper_checks import MAX_BYTES, check_paper, pdf_pages, photo_warnings
from bot.eforms.papers import Paper
from bot.eforms.virus_scan import NoScanner, ScanVerdict

PAPER = Paper("p", Wording("Giấy"), max_pages=3)


@dataclass
class Scanner:
    verdict: ScanVerdict = "clean"

    def scan(self, content: bytes) -> ScanVerdict:
        assert content
        return self.verdict


def page(width: int = 1240, height: int = 1754) -> Image.Image:
    image = Image.new("L", (width, height), 235)
    draw, font = ImageDraw.Draw(image), ImageFont.load_default(28)
    for y in range(60, height - 60, 44):
        draw.text((80, y), "Giay chung nhan quyen su dung dat so AB 123456 thua dat so 120", fill=30, font=font)
    return image


def jpeg(image: Image.Image, kind: str = "JPEG") -> bytes:
    content = io.BytesIO()
    image.save(content, kind)
    return content.getvalue()


def pdf(pages: int, password: str = "") -> bytes:
    writer = PdfWriter()
    for _ in range(pages):
        writer.add_blank_page(200, 200)
    if password:
        writer.encrypt(password, algorithm="RC4-128")
    content = io.BytesIO()
    writer.write(content)
    return content.getvalue()


def test_a_sharp_photo_has_no_warning() -> None:
    verdict = check_paper(jpeg(page()), "image/jpeg", PAPER, Scanner())
    assert (verdict.refused, verdict.warnings, verdict.pages, verdict.scan) == (None, (), 1, "clean")
    assert photo_warnings(jpeg(page(), "PNG")) == ()
    assert photo_warnings(jpeg(page().filter(ImageFilter.GaussianBlur(1)))) == ()


@pytest.mark.parametrize("radius", [4, 6, 9])
def test_a_blurred_photo_is_taken_with_a_warning(radius: int) -> None:
    verdict = check_paper(jpeg(page().filter(ImageFilter.GaussianBlur(radius))), "image/jpeg", PAPER, Scanner())
    assert verdict.refused is None
    assert verdict.warnings == ("eform_upload_blurred",)
    assert verdict.upload("7").warnings == ("eform_upload_blurred",)


def test_a_dark_and_a_small_photo() -> None:
    assert photo_warnings(jpeg(ImageEnhance.Brightness(page()).enhance(0.15))) == ("eform_upload_dark",)
    assert photo_warnings(jpeg(ImageEnhance.Brightness(page()).enhance(0.6))) == ()
    assert "eform_upload_small" in (photo_warnings(jpeg(page().resize((300, 400)))) or ())
    assert photo_warnings(jpeg(Image.new("L", (2, 2)))) == ("eform_upload_small",)


@pytest.mark.parametrize("content", [b"\xff\xd8\xff", b"\xff\xd8\xff" + b"x" * 999, b"\x89PNG\r\n\x1a\n" + b"\0" * 99])
def test_a_broken_photo_is_refused(content: bytes) -> None:
    assert check_paper(content, "image/jpeg", PAPER, Scanner()).refused == "eform_upload_broken"


def test_half_a_photo_is_refused() -> None:
    assert check_paper(jpeg(page())[:5000], "image/jpeg", PAPER, Scanner()).refused == "eform_upload_broken"


def test_pages_of_a_pdf() -> None:
    assert check_paper(pdf(3), "application/pdf", PAPER, Scanner()).pages == 3
    verdict = check_paper(pdf(4), "application/pdf", PAPER, Scanner())
    assert (verdict.refused, dict(verdict.refused_values)) == ("eform_upload_too_many_pages", {"pages": 4, "limit": 3})
    assert pdf_pages(pdf(1, "secret")) == (0, "eform_upload_locked")
    assert pdf_pages(pdf(0)) == (0, "eform_upload_broken")


@pytest.mark.parametrize(
    "content",
    [
        b"%PDF-1.7",
        b"%PDF-1.7\n" + b"\0" * 5000,
        b"%PDF-1.4\nxref\n0 99999999\ntrailer<</Root 1 0 R/Size 9>>\nstartxref\n9\n%%EOF",
    ],
)
def test_a_broken_pdf_is_refused(content: bytes) -> None:
    assert check_paper(content, "application/pdf", PAPER, Scanner()).refused == "eform_upload_broken"


def test_kind_size_and_emptiness() -> None:
    only_pdf = Paper("p", Wording("Giấy"), accepts=("application/pdf",))
    verdict = check_paper(jpeg(page()), "image/jpeg", only_pdf, Scanner())
    assert (verdict.refused, dict(verdict.refused_values)) == ("eform_upload_wrong_type", {"accepts": "PDF"})
    assert check_paper(b"MZ", None, PAPER, Scanner()).refused == "eform_upload_wrong_type"
    assert check_paper(b"", "image/jpeg", PAPER, Scanner()).refused == "eform_upload_empty"
    assert check_paper(b"x" * (MAX_BYTES + 1), "image/jpeg", PAPER, Scanner()).refused == "eform_upload_too_large"


def test_what_is_not_safe_or_could_not_be_scanned_is_not_taken() -> None:
    content = jpeg(page())
    assert check_paper(content, "image/jpeg", PAPER, Scanner("infected")).refused == "eform_upload_virus"
    assert check_paper(content, "image/jpeg", PAPER, Scanner("failed")).refused == "eform_upload_not_scanned"
    verdict = check_paper(content, "image/jpeg", PAPER, NoScanner())
    assert (verdict.refused, verdict.scan) == (None, "not_scanned")


def test_heic_is_taken_without_looking() -> None:
    assert check_paper(b"\0\0\0\x18ftypheic" + b"\0" * 100, "image/heic", PAPER, Scanner()).refused is None


def test_nothing_of_a_broken_paper_reaches_the_logs(caplog: pytest.LogCaptureFixture) -> None:
    broken = b"%PDF-1.7\n1 0 obj\n<< /Author Nguyen Van An >>\nendobj\ntrailer << /Root 1 0 R >>\nstartxref\n3\n%%EOF"
    with caplog.at_level("DEBUG"):
        check_paper(broken, "application/pdf", PAPER, Scanner())
    assert "Nguyen" not in caplog.text
