"""A confirmed draft is opened again: the portal did not take some of its values, or some of its papers."""

import re
from collections.abc import Collection, Sequence
from dataclasses import replace

from bot.eforms.asking import full_label
from bot.eforms.draft import Draft
from bot.eforms.fields import Field
from bot.eforms.forms import Form
from bot.eforms.going_on import go_on
from bot.eforms.tools import Tools
from bot.eforms.turns import Filling, Step
from bot.texts import say

_MEMBER = re.compile(r"\.(\d+)(?=\.|$)")


def reopen_fields(form: Form, draft: Draft, faults: Sequence[str], tools: Tools) -> Step:
    """Asks again for the fields that the portal refused; ``faults`` are their places in what was sent (``owner/phone``,
    ``members/0/name``). Where none is a field of the form, the summary is shown again."""
    filling = Filling(form, tools)
    refused = _fields_at(filling, draft, faults)
    if refused:
        labels = "; ".join(full_label(one, tools.language) for one in refused)
        note = say("eform_portal_refused_fields", tools.language, labels=labels)
    else:
        note = say("eform_portal_refused", tools.language)
    gone = {one.path for one in refused}
    values = {path: answer for path, answer in draft.values.items() if path not in gone}
    trail = tuple(path for path in draft.trail if path not in gone)
    opened = replace(draft, stage="filling", values=values, trail=trail, asked=None, pending=None, revision=draft.revision + 1)
    return go_on(filling, opened, (note,))


def reopen_papers(form: Form, draft: Draft, papers: Collection[str], tools: Tools) -> Step:
    """Asks again for papers that did not reach the portal."""
    kept = {paper: answer for paper, answer in draft.papers.items() if paper not in papers}
    opened = replace(draft, stage="papers", papers=kept, asked=None, pending=None, revision=draft.revision + 1)
    return go_on(Filling(form, tools), opened, (say("eform_portal_refused_papers", tools.language),))


def _fields_at(filling: Filling, draft: Draft, faults: Sequence[str]) -> list[Field]:
    wanted = [_MEMBER.sub(r"[\1]", fault.strip("/").replace("/", ".")) for fault in faults]
    fields = [one for one in filling.asked(draft).fields if not one.gate]
    return [one for one in fields if any(_within(one.path, place) for place in wanted if place)]


def _within(path: str, place: str) -> bool:
    return path == place or path.startswith((f"{place}.", f"{place}["))
