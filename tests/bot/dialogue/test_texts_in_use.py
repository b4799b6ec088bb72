"""Every text the dialogue names exists in both languages, and no text lies unused."""

import re

from bot.catalogue.answers.render import FACETS
from bot.dialogue.facets import GUIDES
from bot.dialogue.sureness import RISKY
from bot.language.sensitive import SUBJECTS
from bot.settings import PROJECT_ROOT
from bot.texts import load_texts

CODE = "\n".join(
    path.read_text(encoding="utf-8")
    for folder in ("bot", "actions", "connectors", "motcua")
    for path in (PROJECT_ROOT / folder).rglob("*.py")
)
NAMED = set(re.findall(r"""["']([a-z_]+)["']""", CODE)) | {f"guide_{intent}" for intent in GUIDES}
NAMED |= {f"{prefix}_{facet}" for prefix in ("button", "what", "head") for facet in (*FACETS, "overview")}
NAMED |= {f"channel_{channel}" for channel in ("direct", "online", "postal")}
NAMED |= {f"status_waiting_{kind}" for kind in ("dossier_code", "lookup_code", "phone_digits", "one_time_code", "login")}
NAMED |= {f"agency_{change}_since" for change in ("renamed", "gone", "no_longer")}
NAMED |= {f"sensitive_{subject}" for subject in SUBJECTS}
NAMED |= {f"confirm_{intent}" for intent in RISKY} | {f"age_{unit}" for unit in ("year", "month", "week", "day")}


def test_every_guide_and_facet_has_its_text() -> None:
    texts = load_texts(PROJECT_ROOT / "bot" / "texts", "vi")
    assert {f"guide_{intent}" for intent in GUIDES - {"ask_working_hours", "ask_new_place"}} <= set(texts)
    assert {f"button_{facet}" for facet in FACETS} <= set(texts)
    assert {f"what_{facet}" for facet in FACETS} <= set(texts)


def test_no_text_lies_unused() -> None:
    files = [PROJECT_ROOT / "bot" / "texts" / f"{name}.vi.yml" for name in ("answers", "dialogue")]
    keys = {
        line.split(":")[0]
        for file in files
        for line in file.read_text(encoding="utf-8").splitlines()
        if re.match(r"[a-z_]+:", line)
    }
    assert sorted(keys - NAMED) == []
