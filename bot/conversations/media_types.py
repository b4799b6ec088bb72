"""What a file is, by its first bytes. What the platform, the browser, the header or the name says does not count."""

DOC = "application/msword"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_WORD_STREAM = "WordDocument".encode("utf-16-le")
_MACROS_OF_DOC = "_VBA_PROJECT".encode("utf-16-le")
_HEIC_BRANDS = frozenset({b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1"})


def media_type_of(content: bytes) -> str | None:
    """``image/jpeg``, ``image/png``, ``image/heic`` or ``application/pdf``; None for everything else."""
    if content.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if content.startswith(b"%PDF-"):
        return "application/pdf"
    if content[4:8] == b"ftyp" and content[8:12] in _HEIC_BRANDS:
        return "image/heic"
    return None


def office_document_type_of(content: bytes) -> str | None:
    """``application/msword`` or that of DOCX for a Word document without macros; None for everything else."""
    if content.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1") and _WORD_STREAM in content and _MACROS_OF_DOC not in content:
        return DOC
    if content.startswith(b"PK\x03\x04") and b"word/document.xml" in content and b"vbaProject" not in content:
        return DOCX
    return None
