"""Stretches of a text that no rule may rewrite or cut: placeholders, dossier codes, quotations, addresses of the net."""

import re

_PROTECTED = re.compile(
    r"⟦[^⟦⟧]{1,100}⟧"
    r"|\"[^\"\n]{1,300}\"|“[^“”\n]{1,300}”|«[^«»\n]{1,300}»|‘[^‘’\n]{1,300}’|(?<!\w)'[^'\n]{1,300}'(?!\w)"
    r"|(?:https?://|www\.)\S{1,500}"
    r"|[A-Za-z0-9._%+\-]{1,64}@[A-Za-z0-9.\-]{1,100}\.[A-Za-z]{2,24}"
    r"|(?<![A-Za-z0-9])(?:[0-9O]{2,3}\.){0,3}[A-Za-z][0-9O]{2}(?:\.[0-9OIl]{1,3}){0,3} ?[-–—‐−]"
    r" ?[0-9OIl]{6} ?[-–—‐−] ?[0-9OIl]{4,6}"
    r"|(?<!\w)[0-9]+(?:[.,/][0-9]+)+(?!\w)"
)


def protected_spans(text: str) -> list[tuple[int, int]]:
    """(start, end) of every protected stretch, in order, without overlaps."""
    return [match.span() for match in _PROTECTED.finditer(text)]
