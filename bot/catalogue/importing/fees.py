"""Hazards of fees: zero that is not free, amounts in thousands, foreign money, several fees, fees in words.

``free`` comes only of words ("Miễn phí", "Không thu") without a condition beside them. A number zero alone is spoken
as the number that the source holds, with a caution.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.catalogue.importing.amounts_in_text import amounts_in, bare_number
from bot.catalogue.importing.findings import Doubt
from bot.catalogue.importing.raw import RawFee, RawMethod
from bot.catalogue.importing.record import ImportedFee, State, over_channels
from bot.catalogue.importing.texts import cut, one_line, says_nothing, short, states_absence
from bot.language.formats import spoken_money

SMALLEST_AMOUNT = 1_000
"""No fee of the state is below 1,000 đồng: a smaller number is in thousands, in foreign money, or a slip."""

LARGEST_AMOUNT = 10_000_000_000
"""Above ten thousand million đồng a number is a slip, not a fee."""

MAX_FEE_TEXT = 260
"""Letters of one spoken fee line."""

LOCAL_COUNCIL = "Mức thu do Hội đồng nhân dân cấp tỉnh quy định; dữ liệu chưa có mức của Bắc Ninh"

_COUNCIL = re.compile(
    r"hội đồng nhân dân|HĐND|ủy ban nhân dân (?:cấp )?tỉnh|uỷ ban nhân dân (?:cấp )?tỉnh|UBND (?:cấp )?tỉnh", re.I
)
_LAW = re.compile(
    r"thông tư|nghị định|luật |pháp luật|quy định (?:của|tại|hiện hành)|TT-BTC|NĐ-CP|theo quy định"
    r"|biểu (?:mức|phí)|văn bản giá|chi phí",
    re.I,
)
_FREE = re.compile(
    r"^\W*(?:miễn (?:phí|lệ phí|thu)|không (?:thu|mất|phải nộp)(?: (?:phí|lệ phí|tiền))*"
    r"|(?:lệ )?phí\s*:?\s*không(?: đồng)?|không(?=\W*$))\b",
    re.I,
)
_ZERO = re.compile(r"^\W*(?:(?:lệ )?phí\s*:?\s*)?0+(?:[.,]0+)?\s*(?:đồng|VNĐ|VND|đ|Việt Nam Đồng)?\W*$", re.I)
_CONDITION = re.compile(
    r"đối với|trường hợp|\bnếu\b|\btrừ\b|ngoại trừ|cho (?:người|hộ|trẻ|đối tượng)|người thuộc|riêng|từ ngày|đến hết|khi ", re.I
)
_FOREIGN = re.compile(r"\bUSD\b|đô la|\bEUR\b|€|\$", re.I)
_ATTACHMENT = re.compile(r"\s*File đính kèm\s*:.*$", re.I | re.S)
_KIND_PREFIX = re.compile(r"^\W*(?:phí/?lệ phí|lệ phí|phí|mức giá)\s*:\s*", re.I)
_UNTIL = re.compile(r"đến (?:hết )?(?:ngày )?(\d{1,2})/(\d{1,2})/(\d{4})", re.I)
_SAYS_SOMETHING = re.compile(r"[^\W\d_]{2,}|\d{3,}")
"""A note of one letter or digit is a slip of the typist's."""
_PER = re.compile(r"^\s*/\s*[^.;\n]{2,60}$")


@dataclass(frozen=True, slots=True)
class JudgedFees:
    """The fees that may be spoken, what is known of them altogether, and the doubts."""

    state: State
    fees: tuple[ImportedFee, ...]
    doubts: tuple[Doubt, ...]


def judge_fees(methods: Sequence[RawMethod], *, absent: bool = False) -> JudgedFees:
    """The fees of all ways to file; equal ones of all ways become one. ``absent``: the source says that there is none."""
    doubts: list[Doubt] = []
    judged: list[ImportedFee] = []
    labelled = _rows_differ(methods)
    for method in methods:
        if len(method.fees) > 1:
            doubts.append(Doubt("fees_several", f"{len(method.fees)} khoản thu cho một cách nộp"))
        for fee in method.fees:
            line, doubt = judge_fee(fee)
            if doubt:
                doubts.append(doubt)
            if line is not None:
                line = _labelled(line, method) if labelled else line
                judged.append(replace(line, channel=method.channel))
    if not judged:
        state: State = "absent" if absent else "unknown"
        return JudgedFees(state, (), (*doubts, Doubt("fee_missing", "nguồn không ghi phí, lệ phí")))
    return JudgedFees("present", over_channels(judged, frozenset(m.channel for m in methods)), tuple(doubts))


def judge_fee(fee: RawFee) -> tuple[ImportedFee | None, Doubt | None]:
    """One fee, and the doubt about it. None where the source's cell says nothing at all."""
    stated = _shown(fee.amount_text)
    note = _shown(fee.note)
    if note and not _SAYS_SOMETHING.search(note):
        note = None
    raw = " | ".join(part for part in (fee.amount_text, fee.note) if part) or (None if fee.amount is None else f"{fee.amount:g}")
    if fee.amount is None and not stated and not note:
        return None, None
    if fee.currency not in (None, "VND", "VNĐ") or _FOREIGN.search(f"{stated or ''} {short(note or '', 60)}"):
        return _foreign(fee, stated, note, raw)
    number = bare_number(stated) if stated else None
    amount = number if number is not None else int(fee.amount) if fee.amount and not stated else None
    if amount:
        return _amount(amount, stated, note, raw)
    if amount == 0 or (stated and _ZERO.match(stated)) or (fee.amount == 0 and not stated):
        return _zero(note, raw, says_free=False)
    if stated and _FREE.match(stated) and not _CONDITION.search(stated) and not amounts_in(stated):
        return _zero(note, raw, says_free=True)
    return _in_words(stated, note, raw)


def _shown(text: str | None) -> str | None:
    if text is None:
        return None
    shown = one_line(_ATTACHMENT.sub("", text))
    return shown or None


def _foreign(fee: RawFee, stated: str | None, note: str | None, raw: str | None) -> tuple[ImportedFee, Doubt]:
    text = stated or (f"{fee.amount:g} {fee.currency or ''}".strip() if fee.amount else None)
    text = _with_note(text, note) or "thu bằng ngoại tệ, nguồn không ghi mức"
    doubt = Doubt("fee_foreign_currency", "mức thu bằng ngoại tệ, giữ nguyên lời của nguồn", raw or "")
    return ImportedFee(
        "stated", cut(text, MAX_FEE_TEXT), raw, note="mức thu ghi bằng ngoại tệ, có thể chỉ dùng ở cơ quan đại diện"
    ), doubt


def _amount(amount: int, stated: str | None, note: str | None, raw: str | None) -> tuple[ImportedFee, Doubt | None]:
    if amount < SMALLEST_AMOUNT or amount > LARGEST_AMOUNT:
        return _odd_amount(amount, stated, note, raw)
    shown = spoken_money(amount)
    text = f"{shown}{note.strip()}" if note and _PER.match(note) else _with_note(shown, note) or shown
    if note and note.startswith(shown):
        text = note
    until = _UNTIL.search(note or "")
    line = ImportedFee("amount", cut(text, MAX_FEE_TEXT), raw, amount_vnd=amount, valid_to=_iso(until) if until else None)
    if note and _COUNCIL.search(note):
        doubt = Doubt("fee_local_council", "có số tiền nhưng ghi chú nói mức do Hội đồng nhân dân quyết định", raw or "")
        return replace(line, note="mức thu do Hội đồng nhân dân cấp tỉnh quy định, mức của Bắc Ninh có thể khác"), doubt
    return line, None


def _odd_amount(amount: int, stated: str | None, note: str | None, raw: str | None) -> tuple[ImportedFee, Doubt]:
    """100 VNĐ: a hundred thousand where the note says so, else a number nobody should pay by."""
    doubt = Doubt("fee_in_thousands", f"số tiền «{stated or amount}» không thể đúng, có lẽ tính bằng nghìn đồng", raw or "")
    named = amounts_in(note or "")
    if amount * 1_000 in named:
        text = cut(_with_note(spoken_money(amount * 1_000), note) or "", MAX_FEE_TEXT)
        caution = f"nguồn ghi «{stated or amount}» trong cột tiền, số đầy đủ lấy từ ghi chú"
        return ImportedFee("amount", text, raw, amount_vnd=amount * 1_000, note=caution), doubt
    text = cut(_with_note(f"nguồn ghi «{stated or amount}»", note) or "", MAX_FEE_TEXT)
    caution = "số tiền trong nguồn không hợp lý, có thể tính bằng nghìn đồng hoặc bằng ngoại tệ; chưa xác định được mức thu"
    return ImportedFee("stated", text, raw, note=caution), doubt


def _zero(note: str | None, raw: str | None, *, says_free: bool) -> tuple[ImportedFee, Doubt | None]:
    """Zero or "miễn phí": what it means stands in the note."""
    word = "Miễn phí" if says_free else "0 đồng"
    if note and _COUNCIL.search(note):
        return _council(note, raw), Doubt(
            "fee_local_council", f"ghi «{word}» nhưng mức do Hội đồng nhân dân quyết định", raw or ""
        )
    if note and amounts_in(note):
        doubt = Doubt("fee_zero_with_amount", f"ghi «{word}» nhưng ghi chú nêu mức thu", raw or "")
        caution = f"nguồn ghi «{word}» ở cột tiền nhưng ghi chú nêu mức thu"
        return ImportedFee("stated", cut(note, MAX_FEE_TEXT), raw, note=caution), doubt
    if note and _FREE.match(note) and not _CONDITION.search(note) and not states_absence(note):
        return ImportedFee("free", cut(note, MAX_FEE_TEXT), raw), None
    if note and _LAW.search(note):
        doubt = Doubt("fee_zero_with_law", f"ghi «{word}» nhưng ghi chú dẫn văn bản quy định mức thu", raw or "")
        caution = f"nguồn ghi «{word}» nhưng dẫn văn bản quy định mức thu, nên chưa chắc là miễn phí"
        return ImportedFee(
            "by_regulation", cut(f"Theo văn bản quy định, nguồn ghi: {note}", MAX_FEE_TEXT), raw, note=caution
        ), doubt
    if note and not states_absence(note):
        doubt = Doubt("fee_zero_with_condition", f"ghi «{word}» kèm ghi chú", raw or "")
        text = cut(f"{word}, kèm ghi chú của nguồn: {note}", MAX_FEE_TEXT)
        return ImportedFee(
            "free_conditional" if says_free else "stated", text, raw, note="có ghi chú kèm theo, cần đọc cả ghi chú"
        ), doubt
    if says_free:
        return ImportedFee("free", "Miễn phí", raw), None
    doubt = Doubt("fee_zero_with_condition", "chỉ có con số 0, không có chữ «miễn phí»", raw or "")
    return ImportedFee("stated", "nguồn ghi 0 đồng", raw, note="con số 0 trong nguồn chưa chắc nghĩa là miễn phí"), doubt


def _council(note: str, raw: str | None) -> ImportedFee:
    exempt = re.search(r"miễn[^.;]*(?:[.;]|$)", note, re.I)
    text = LOCAL_COUNCIL + (f". Nguồn ghi: {exempt.group().strip(' .;')}" if exempt else "")
    return ImportedFee("local_council", cut(text, MAX_FEE_TEXT + 120), raw)


def _in_words(stated: str | None, note: str | None, raw: str | None) -> tuple[ImportedFee | None, Doubt | None]:
    words = _with_note(_KIND_PREFIX.sub("", stated) if stated else None, note)
    if words is None or says_nothing(words):
        return None, None
    doubt = Doubt("fee_is_text", "mức thu chỉ có bằng lời", raw or "")
    named = amounts_in(words)
    if _COUNCIL.search(words) and not named:
        return _council(words, raw), Doubt("fee_local_council", "mức do Hội đồng nhân dân quyết định", raw or "")
    if not named and _LAW.search(words):
        return ImportedFee("by_regulation", cut(words, MAX_FEE_TEXT), raw), doubt
    if len(named) == 1 and not _CONDITION.search(words) and "%" not in words and "+" not in words:
        return ImportedFee("amount", cut(_spoken(words, named[0]), MAX_FEE_TEXT), raw, amount_vnd=named[0]), doubt
    return ImportedFee("stated", cut(words, MAX_FEE_TEXT), raw), doubt


def _spoken(words: str, amount: int) -> str:
    """The source's words with the amount in one spelling."""
    return words if spoken_money(amount) in words else f"{spoken_money(amount)} (nguồn ghi: {words})"


def _with_note(text: str | None, note: str | None) -> str | None:
    if not note or states_absence(note):
        return text
    return f"{text} ({note.strip('() ')})" if text else note


def _iso(match: re.Match[str]) -> str | None:
    day, month, year = (int(part) for part in match.groups())
    return f"{year:04d}-{month:02d}-{day:02d}" if 1 <= day <= 31 and 1 <= month <= 12 else None


def _rows_differ(methods: Sequence[RawMethod]) -> bool:
    """Whether one way to file has several rows that only their description tells apart."""
    channels = [method.channel for method in methods]
    return len(channels) != len(set(channels)) and len({method.description for method in methods}) > 1


def _labelled(line: ImportedFee, method: RawMethod) -> ImportedFee:
    if not method.description or not line.text or line.text in method.description:
        text = (
            short(method.description, 200) if method.description and line.text and line.text in method.description else line.text
        )
        return replace(line, text=text)
    return replace(line, text=f"{line.text} – {short(method.description, 140)}")
