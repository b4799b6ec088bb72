"""Questions on a paper within a procedure: "có cần giấy khai sinh không" asks about the present procedure, and not how a birth
is registered."""

import re

from bot.language.normalise import fold
from bot.language.shorthand import expand

_NO = r"(?:khong|ko|k|hong|hok|hem|chua|chang)"
_MUST = rf"(?:co |thi |la |{_NO} )?(?:can|phai)(?: phai| them| ca)?"
_TAKE = r"(?:mang|nop|kem|dem|trinh|xuat trinh|photo|dua|giu|co|ban sao|ban goc|cong chung|chung thuc)"
_PAPER = (
    r"(?:giay|so|ban|the|hop dong|don|to|anh|hinh|phieu|bang|chung|cccd|cmnd|can cuoc|chung minh|ho khau|ho chieu|dang ky"
    r"|khai sinh|bien ban|bien lai|visa|xac nhan|ly lich)"
)
_END = rf"(?: (?:{_NO}|a|nua|di|theo|luon|day|nhi|ha|vay|ad|em|anh|chi|ban|the|sao|nhe|nha|hay|roi))*\W*$"
_SHAPES = tuple(
    re.compile(pattern)
    for pattern in (
        # "có cần giấy độc thân không", "có phải mang theo sổ hộ khẩu đi không"
        rf"\b{_MUST}(?: {_TAKE})*(?: theo)?(?: \w+){{0,2}}? {_PAPER}\b(?: \w+){{0,7}}? {_NO}{_END}",
        rf"\b{_MUST}(?: {_TAKE})+(?: theo)?(?: \w+){{1,8}}? {_NO}{_END}",
        # "giấy khai sinh có cần không"
        rf"\b{_PAPER}\b(?: \w+){{0,7}}? {_MUST}(?: {_TAKE})*(?: theo| cong chung| ban goc| ban sao)* {_NO}{_END}",
        # "dùng bằng lái thay căn cước được không", "thiếu sổ hộ khẩu thì có làm được không"
        rf"\b(?:dung|thieu|mang|nop|dem|thay|{_NO} co) {_PAPER}\b(?: \w+){{0,8}}? (?:duoc|dc|sao|co lam){_END}",
        rf"\b(?:dung|thieu|mang|nop|dem|thay|{_NO} co) {_PAPER}\b(?: \w+){{0,8}}? (?:duoc|dc|sao)(?: {_NO})?{_END}",
    )
)
_ERRAND = re.compile(r"\b(?:can|phai) (?:di |phai )?(?:lam|xin|dang ky|cap|doi)\b(?! giay nao)")


def asks_about_paper(text: str) -> bool:
    """Whether the text asks if a paper is needed, or may be missing or replaced. An errand ("có cần làm giấy khai sinh lại
    không") is none."""
    folded = " ".join(re.findall(r"[a-z0-9]+", fold(expand(text))))
    return not _ERRAND.search(folded) and any(shape.search(folded) for shape in _SHAPES)
