"""Amounts of money as Vietnamese administrative texts write them."""

import re

_MONEY = re.compile(
    r"(?<![\d/.,])(?P<number>\d{1,3}(?:[.,]\d{3})+|\d{4,9})(?:[.,]0{1,2})?\s*(?P<unit>"
    r"đồng|VNĐ|VND|Việt Nam Đồng|đ(?![a-zà-ỹ])|/)"
    r"|(?<![\d/.,])(?P<thousands>\d{1,3})\s*(?:nghìn|ngàn)\s*đồng|(?<![\d/.,])(?P<millions>\d{1,3})\s*triệu\s*đồng",
    re.IGNORECASE,
)
_BARE_NUMBER = re.compile(
    r"^\W*(?:lệ\s*phí|phí)?\s*:?\s*(?P<number>\d[\d.,]*)\s*(?:đồng|VNĐ|VND|Việt Nam Đồng|đ)?\W*$", re.IGNORECASE
)
_GROUPED = re.compile(r"^\d{1,3}(?:[.,]\d{3})+(?:[.,]0{1,2})?$")


def amounts_in(text: str) -> list[int]:
    """All amounts in đồng that the text names, in order."""
    found = []
    for match in _MONEY.finditer(text):
        if match["number"]:
            found.append(int(re.sub(r"[.,]", "", match["number"])))
        elif match["thousands"]:
            found.append(int(match["thousands"]) * 1_000)
        else:
            found.append(int(match["millions"]) * 1_000_000)
    return [amount for amount in found if amount > 0]


def bare_number(text: str) -> int | None:
    """The number of a cell that holds nothing but an amount ("20,000 VNĐ", "Phí : 20000 Đồng"); None for other text."""
    match = _BARE_NUMBER.match(text)
    if match is None:
        return None
    number = match["number"].rstrip(".,")
    if _GROUPED.match(number):
        return int(re.sub(r"[.,]", "", re.sub(r"[.,]0{1,2}$", "", number)))
    return int(number) if number.isdigit() and len(number) <= 12 else None
