"""A turn while papers are gathered: uploads, "đã có trong kho dữ liệu", "bổ sung sau"."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from bot.eforms.asking import sendable
from bot.eforms.draft import Draft, PaperAnswer
from bot.eforms.going_on import again, go_on, papers_now
from bot.eforms.papers import CheckedPaper, said_of_paper
from bot.eforms.turns import Filling, FormReply, Step, Upload
from bot.messages import BotMessage
from bot.texts import say


def paper_turn(
    filling: Filling, draft: Draft, text: str, uploads: Sequence[Upload], act: Mapping[str, str] | None = None
) -> Step:
    """Takes uploads or words for the paper that is asked for. ``not_an_answer`` where the words are of something else."""
    papers = {one.paper.id: one for one in sendable(papers_now(filling, draft))}
    one = papers.get((act or {}).get("paper") or draft.asked or "")
    if one is None or (draft.stage != "papers" and act is None):
        if uploads:
            said = BotMessage(say("eform_paper_not_now", filling.tools.language), "notice")
            return Step(draft, FormReply((said, *again(filling, draft))))
        return Step(draft, FormReply((), "not_an_answer", again(filling, draft)))
    if uploads:
        return _taken(filling, draft, one, uploads)
    said_of = (act or {}).get("value") if act else said_of_paper(text)
    title = one.paper.title.of(filling.tools.language)
    if said_of == "in_store" and not one.paper.reusable:
        return _told(filling, draft, "eform_paper_not_in_store", title)
    if said_of in ("in_store", "later"):
        if said_of == "later" and one.uploads:
            return go_on(filling, draft)
        state = PaperAnswer("in_store" if said_of == "in_store" else "later", one.uploads)
        key = "eform_paper_store_noted" if said_of == "in_store" else "eform_paper_later_noted"
        draft = replace(draft, papers={**draft.papers, one.paper.id: state})
        return go_on(filling, draft, (say(key, filling.tools.language, title=title),))
    if said_of == "done":
        return go_on(filling, draft) if one.uploads else _told(filling, draft, "eform_paper_nothing_yet", title)
    return Step(draft, FormReply((), "not_an_answer", again(filling, draft)))


def _told(filling: Filling, draft: Draft, key: str, title: str) -> Step:
    return Step(draft, FormReply((BotMessage(say(key, filling.tools.language, title=title), "answer"), *again(filling, draft))))


def _taken(filling: Filling, draft: Draft, one: CheckedPaper, uploads: Sequence[Upload]) -> Step:
    language = filling.tools.language
    title = one.paper.title.of(language)
    notes: list[str] = []
    good: list[str] = []
    for upload in uploads:
        if upload.refused is not None:
            notes.append(say(upload.refused, language, **{"title": title, **upload.refused_values}))
            continue
        good.append(upload.ref)
        notes += [say(warning, language) for warning in upload.warnings]
    if not good:
        return Step(draft, FormReply((BotMessage("\n".join(dict.fromkeys(notes)), "answer"), *again(filling, draft))))
    refs = tuple(dict.fromkeys([*one.uploads, *good]))
    draft = replace(draft, papers={**draft.papers, one.paper.id: PaperAnswer("uploaded", refs)})
    taken = say("eform_paper_taken", language, title=title, count=len(refs))
    return go_on(filling, draft, (taken, *dict.fromkeys(notes)))
