"""Citizen ids, telephone numbers, e-mail addresses and names of persons as answers.

A citizen id says where its holder was first registered, the sex, and the year of birth (circular 59/2021/TT-BCA): three digits
of the province, one of century and sex (0 and 1 for men and women born in 1900-1999, 2 and 3 for 2000-2099), two of the year.
"""

import re
from datetime import date
from functools import cache

from bot.eforms.fields import FieldKind
from bot.eforms.readings import Accepted, Reading, Refused
from bot.eforms.typed import as_typed
from bot.eforms.word_table import alternatives
from bot.language.masking import find_private
from bot.language.mention import filler_words
from bot.language.normalise import clean, fold, has_marks
from bot.language.numbers_in_text import PROVINCE_CODES

_DIGITS = re.compile(r"[0-9]")
_LETTERS_ONLY = re.compile(r"[^\W\d_]+(?:['’.\-]?[^\W\d_]+)*(?: [^\W\d_]+(?:['’.\-]?[^\W\d_]+)*\.?)*")
_TAIL = re.compile(r"\s+(?:a|nhe|nha|ban|ad|ak|ah)$")
_MEN, _WOMEN = ("nam", "male", "m", "man"), ("nu", "female", "f", "woman")
LONGEST_NAME = 80


def read_private(text: str, kind: FieldKind) -> Reading:
    """A citizen id, telephone number or e-mail address, wherever it stands in the text."""
    wanted = {"identity_number": "citizen_id"}.get(kind, kind)
    found = list(dict.fromkeys(span.value for span in find_private(text) if span.kind == wanted))
    if len(found) > 1:
        return Refused(f"eform_bad_{wanted}_several")
    if found:
        return _checked_number(found[0], kind)
    digits = "".join(_DIGITS.findall(clean(text)))
    if kind == "email":
        return Refused("eform_bad_email")
    if not digits:
        return Refused(f"eform_bad_{wanted}_missing")
    if wanted == "phone":
        return Refused("eform_bad_phone", {"count": len(digits)})
    if len(digits) == 12:
        return _checked_number(digits, kind)
    return Refused("eform_bad_citizen_id_length", {"count": len(digits)})


def _checked_number(value: str, kind: FieldKind) -> Reading:
    if kind not in ("citizen_id", "identity_number"):
        return Accepted(value)
    if len(value) == 9:
        return Accepted(value) if kind == "identity_number" else Refused("eform_bad_citizen_id_old")
    if value[:3] not in PROVINCE_CODES:
        return Refused("eform_bad_citizen_id_province")
    if value[3] not in "0123":
        return Refused("eform_bad_citizen_id_century")
    return Accepted(value)


def disagreement(citizen_id: str, born: date | None, sex: str | None) -> Refused | None:
    """How a citizen id contradicts what else is known of its holder, or None. ``sex``: the label of the answer."""
    if len(citizen_id) != 12 or citizen_id[3] not in "0123":
        return None
    year = (1900 if citizen_id[3] in "01" else 2000) + int(citizen_id[4:6])
    if born is not None and born.year != year:
        return Refused("eform_id_against_birth", {"year": born.year})
    said = fold(sex or "").strip()
    if (said in _MEN and citizen_id[3] in "13") or (said in _WOMEN and citizen_id[3] in "02"):
        return Refused("eform_id_against_sex", {"sex": (sex or "").lower()})
    return None


def read_person_name(text: str) -> Reading:
    """A full name: two words or more, letters only. Its spelling stays as typed; only a name all in small or all in capital
    letters gets the usual capitals."""
    name = without_lead(as_typed(text).replace("\n", " "))
    if not name:
        return Refused("eform_bad_name_missing")
    if _DIGITS.search(name):
        return Refused("eform_bad_name_digits")
    if len(name) > LONGEST_NAME:
        return Refused("eform_bad_name_long")
    if not _LETTERS_ONLY.fullmatch(name):
        return Refused("eform_bad_name_signs")
    words = name.split()
    if len(words) < 2:
        return Refused("eform_bad_name_short", {"name": name})
    if all(fold(word) in filler_words() for word in words) and not name.istitle():
        return Refused("eform_bad_name_missing")
    if name.islower() or name.isupper():
        name = " ".join(word[:1].upper() + word[1:].lower() for word in words)
    return Accepted(name, () if has_marks(name) else ("eform_note_name_without_marks",))


@cache
def _lead() -> re.Pattern[str]:
    return re.compile(rf"^(?:(?:{alternatives('name_leads')})(?:\s*[:=]\s*|\s+))+")


def without_lead(text: str) -> str:
    """A name without the words before it ("tôi tên là", "ông") and the particle behind it."""
    text = text.strip(" .,:;!")
    folded = fold(text)
    if len(folded) != len(text):
        return text
    lead = _lead().match(folded)
    if lead and len(folded[lead.end() :].split()) >= 2:
        # "Bà Thị Hoa", "Cô Văn An": with a capital and few words behind it may be the family name.
        text, folded = text[lead.end() :], folded[lead.end() :]
    tail = _TAIL.search(folded)
    return (
        text[: tail.start()]
        if tail and len(folded[: tail.start()].split()) >= 2 and not text[tail.start() + 1 :][:1].isupper()
        else text
    )
