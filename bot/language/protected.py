"""Stretches of a text that no rule may rewrite or cut: placeholders, dossier codes, quotations, addresses of the net."""

import re

_PROTECTED = re.compile(
    r"⟦[^⟦⟧]{1,100}⟧"
    r"|\"[^\"\n]{1,300}\"|“[^“”\n]{1,300}”|«[^«»\n]{1,300}»|‘[^‘’\n]{1,300}’|(?<!\w)'[^'\n]{1,300}'(?!\w)"
    r"|(?:https?://|www\.)\S{1,500}"
    r"|[A-Za-z0-9._%+\-]{1,64}@[A-Za-z0-9.\-]{1,100}\.[A-Za-z]{2,24}"
    r"|(?<![A-Za-z0-9])(?:[0-9O]{2,3}\.){0,3}[A-Za-z][0-9O]{2}(?:\.[0-9OIl]{1,3}){0,3} ?[-–—‐−]"
    r" ?[0-9OIl]{6} ?[-–—‐−] ?[0-9OIl]{4,6}"
    # Numbers of documents and forms: 226/QĐ-UBND, 15/2020/nđ-cp, 01-MST-ĐVHT.
    r"|(?<![\w/])[0-9]{1,5}[a-z]?(?:[/\-][0-9]{4})?[/\-](?:[A-ZĐ]{2}[A-ZĐ0-9]*|(?:n[đd]|tt|q[đd]|nq)-[a-zđ]+)(?:-[A-ZĐ0-9a-zđ]+)*(?!\w)"
    r"|(?<!\w)[0-9]+(?:[.,/][0-9]+)+(?!\w)"
)

_SURNAMES = (
    "nguyễn trần lê phạm hoàng huỳnh phan vũ võ đặng bùi đỗ hồ ngô dương lý đào đinh trịnh đoàn lưu lương mai tô hà cao thân "
    "giáp nguyen tran le pham hoang huynh phan vu vo dang bui do ho ngo duong ly dao dinh trinh doan luu luong mai to ha cao "
    "than giap"
)
# Without capitals a surname such as "do", "to" or "ho" is an ordinary word before "thi" ("thì"): only these are sure.
_SURE = "nguyễn|trần|phạm|huỳnh|đặng|bùi|trịnh|nguyen|tran|pham|huynh|phan|dang|bui|dinh|trinh"
_SURNAME = "|".join(sorted(set(_SURNAMES.split()), key=lambda name: (-len(name), name)))
_CAPITAL = "[A-ZÀÁÂÃÈÉÊÌÍÒÓÔÕÙÚÝĂĐĨŨƠƯẠ-Ỹ]"
_NAMES = re.compile(
    # "Nguyễn Văn K", "Trần Dk": a surname, then words with a capital.
    rf"(?<!\w)(?i:{_SURNAME})(?:[ ]{_CAPITAL}(?:[^\W\d_]*[^\W\d_A-ZĐ])?(?!\w)){{1,4}}"
    # "nguyen van k": the middle name tells that it is a name, and one word follows.
    rf"|(?<!\w)(?i:{_SURE})[ ](?i:văn|van|thị|thi)[ ][^\W\d_]+(?!\w)"
    # "tên là K. Dk": what is said to be a name, with a capital.
    rf"|(?:(?<=tên là )|(?<=họ tên )|(?<=họ và tên )|(?<=ten la )|(?<=ho ten )|(?<=tên ))"
    rf"{_CAPITAL}[^\W\d_]*(?:[ ]{_CAPITAL}[^\W\d_]*){{0,4}}"
)


def protected_spans(text: str) -> list[tuple[int, int]]:
    """(start, end) of every protected stretch, in order, without overlaps."""
    return [match.span() for match in _PROTECTED.finditer(text)]


def name_spans(text: str) -> list[tuple[int, int]]:
    """(start, end) of what is plainly a person's name: no rule may write out or set right a part of it."""
    return [match.span() for match in _NAMES.finditer(text)]
