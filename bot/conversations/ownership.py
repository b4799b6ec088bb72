"""Who may speak: ``bot → waiting → officer → bot | closed``. Unknown means silent."""

from typing import Literal

Speaker = Literal["bot", "waiting", "officer", "closed"]
Verdict = Literal["bot_speaks", "person_speaks", "nobody_speaks", "unknown"]

_VERDICTS: dict[str, Verdict] = {
    "bot": "bot_speaks",
    "waiting": "person_speaks",
    "officer": "person_speaks",
    "closed": "nobody_speaks",
}


def who_speaks(speaker: str | None) -> Verdict:
    """The verdict for the ledger's word. A word that this release does not know is ``unknown``: be silent and raise an alarm."""
    return _VERDICTS.get(speaker or "", "unknown")
