"""Looking at an uploaded paper before it is taken: kind, size, pages, safety, and whether a photo can be read.

A photo that is blurred, dark or small is taken with a warning: only a person can say whether it is good enough.
"""

import io
import logging
import warnings
from dataclasses import dataclass

import numpy as np
from PIL import Image, UnidentifiedImageError
from pypdf import PdfReader
from pypdf.errors import PyPdfError

from bot.eforms.papers import Paper
from bot.eforms.turns import Upload
from bot.eforms.virus_scan import ScanVerdict, VirusScanner

MAX_BYTES = 10 * 1024 * 1024
MOST_PAGES = 100
"""A PDF without ``max-pages`` ends here."""

MOST_PIXELS = 80_000_000
LEAST_SIDE = 600
"""Pixels: below this on its shorter side, a page of A4 cannot be read."""

DARK_BELOW = 60.0
"""Mean brightness of 255, of the brighter half of the photo: paper is the bright part of it."""

BLURRED_BELOW = 60.0
"""Variance of the Laplacian of the photo brought to ``_COMPARED_SIDE``. Measured on rendered pages: full ones sharp 9,000, a page
of few lines 440, still readable 240, unreadable below 30 (below 60 with a camera's noise)."""

# Of a broken file it warns with pieces of its content, which is a citizen's.
logging.getLogger("pypdf").setLevel(logging.CRITICAL)

_COMPARED_SIDE = 1_000
_READABLE_IMAGES = ("image/jpeg", "image/png")
_SPOKEN_TYPES = {"image/jpeg": "JPEG", "image/png": "PNG", "image/heic": "HEIC", "application/pdf": "PDF"}
_BROKEN_IMAGE = (
    UnidentifiedImageError,
    OSError,
    ValueError,
    SyntaxError,
    Image.DecompressionBombError,
    Image.DecompressionBombWarning,
)
_BROKEN_PDF = (PyPdfError, ValueError, KeyError, TypeError, AttributeError, IndexError, OSError, RecursionError, AssertionError)


@dataclass(frozen=True)
class PaperVerdict:
    """What was found: ``refused`` and ``warnings`` are keys of texts. ``scan`` is recorded with the upload."""

    media_type: str | None
    size: int
    scan: ScanVerdict
    pages: int | None = None
    warnings: tuple[str, ...] = ()
    refused: str | None = None
    refused_values: tuple[tuple[str, object], ...] = ()

    def upload(self, ref: str) -> Upload:
        """The verdict as the filling engine takes it."""
        return Upload(ref, self.media_type, self.warnings, self.refused, dict(self.refused_values))


def check_paper(content: bytes, media_type: str | None, paper: Paper, scanner: VirusScanner) -> PaperVerdict:
    """Checks one file for one paper. ``media_type``: by the file's first bytes, as the gateway found it. Total."""
    size = len(content)

    def refused(key: str, scan: ScanVerdict = "not_scanned", **values: object) -> PaperVerdict:
        return PaperVerdict(media_type, size, scan, refused=key, refused_values=tuple(values.items()))

    if not content:
        return refused("eform_upload_empty")
    if size > MAX_BYTES:
        return refused("eform_upload_too_large", limit=MAX_BYTES // 1024 // 1024)
    if media_type not in paper.accepts:
        return refused("eform_upload_wrong_type", accepts=", ".join(_SPOKEN_TYPES.get(kind, kind) for kind in paper.accepts))
    scan = scanner.scan(content)
    if scan in ("infected", "failed"):
        return refused("eform_upload_virus" if scan == "infected" else "eform_upload_not_scanned", scan)
    if media_type == "application/pdf":
        pages, problem = pdf_pages(content)
        most = paper.max_pages or MOST_PAGES
        if problem is not None:
            return refused(problem, scan)
        if pages > most:
            return refused("eform_upload_too_many_pages", scan, pages=pages, limit=most)
        return PaperVerdict(media_type, size, scan, pages=pages)
    if media_type in _READABLE_IMAGES:
        found = photo_warnings(content)
        if found is None:
            return refused("eform_upload_broken", scan)
        return PaperVerdict(media_type, size, scan, pages=1, warnings=found)
    return PaperVerdict(media_type, size, scan, pages=1)


def pdf_pages(content: bytes) -> tuple[int, str | None]:
    """How many pages a PDF has, or the key of the text that says why it cannot be read."""
    try:
        reader = PdfReader(io.BytesIO(content))
        if reader.is_encrypted:
            return 0, "eform_upload_locked"
        pages = len(reader.pages)
    except _BROKEN_PDF:
        return 0, "eform_upload_broken"
    return (pages, None) if pages else (0, "eform_upload_broken")


def photo_warnings(content: bytes) -> tuple[str, ...] | None:
    """What makes a photo hard to read, or None where it cannot be opened."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(content)) as image:
                if image.width * image.height > MOST_PIXELS:
                    return None
                shorter = min(image.size)
                # JPEG is decoded at a lower size at once: the whole photo is never in memory.
                image.draft("L", (_COMPARED_SIDE, _COMPARED_SIDE))
                grey = image.convert("L")
    except _BROKEN_IMAGE:
        return None
    grey.thumbnail((_COMPARED_SIDE, _COMPARED_SIDE))
    pixels = np.asarray(grey, dtype=np.float64)
    if min(pixels.shape) < 3:
        return ("eform_upload_small",)
    found = []
    if shorter < LEAST_SIDE:
        found.append("eform_upload_small")
    if brightness(pixels) < DARK_BELOW:
        # Of a photo in the dark nobody can say whether it is blurred, too.
        found.append("eform_upload_dark")
    elif sharpness(pixels) < BLURRED_BELOW:
        found.append("eform_upload_blurred")
    return tuple(found)


def brightness(pixels: "np.typing.NDArray[np.float64]") -> float:
    """Mean brightness (0 to 255) of the brighter half of a grey picture."""
    return float(pixels[pixels >= np.median(pixels)].mean())


def sharpness(pixels: "np.typing.NDArray[np.float64]") -> float:
    """Variance of the Laplacian of a grey picture: how much its edges stand out."""
    inner = pixels[1:-1, 1:-1]
    around = pixels[:-2, 1:-1] + pixels[2:, 1:-1] + pixels[1:-1, :-2] + pixels[1:-1, 2:]
    return float((around - 4 * inner).var())
