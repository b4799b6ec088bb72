"""Teencode and abbreviations written out, from ``tables/shorthand.yml``.

What has several readings is decided by its neighbours; what stays undecided stays as typed, so that the dialogue can ask
instead of guessing. Nothing inside placeholders, dossier codes, quotations, addresses or names is touched.
"""

from bot.language.written import expanded


def expand(text: str) -> str:
    """The text (NFC) with shorthand written out in full marks and keyboard leftovers set right; everything else stays as
    typed, blanks included. Expanding twice changes nothing more where the first pass left nothing undecided."""
    return expanded(text)
