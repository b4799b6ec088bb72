"""A card in words, part by part: what the page, the print and the list of changes show alike. Pure.

The words that every card says: when the clock starts and pauses, what a late agency owes, how often papers may be asked for.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from bot.cards.card import CardFact, CardFee, CardPaper, CardPapers, CardSource, CardTime, ServiceCard
from bot.catalogue.importing.procedure import UNREVIEWED
from bot.catalogue.schema import Channel
from bot.eforms.saving import Saving, spoken_saving
from bot.language.formats import spoken_month
from bot.texts import say


@dataclass(frozen=True)
class PartGroup:
    """Some lines, under a heading of their own where there is one. ``numbered``: their order matters."""

    lines: tuple[str, ...]
    title: str | None = None
    numbered: bool = False


@dataclass(frozen=True)
class CardPart:
    """One part of the card. ``notes``: cautions and rules, below the facts. ``missing``: nothing is known, or it is hidden."""

    key: str
    title: str
    groups: tuple[PartGroup, ...]
    notes: tuple[str, ...] = ()
    missing: bool = False

    @property
    def words(self) -> str:
        """All facts of the part as plain lines, without the rules that every card says."""
        heads = ((f"{group.title}:",) if group.title else () for group in self.groups)
        return "\n".join(line for head, group in zip(heads, self.groups, strict=True) for line in (*head, *group.lines))


Say = Callable[..., str]

_FACET_OF = {"papers": "documents", "time": "processing_time", "online": "online_level"}
"""The facet by which a part is switched off, where it is called otherwise."""


def parts_of(card: ServiceCard, case: str | None = None, language: str = "vi") -> tuple[CardPart, ...]:
    """The parts in their order; facts of other cases are left out where a case is named. A part of which nothing is known says
    so; one that is switched off says that."""

    def text(key: str, **values: object) -> str:
        return say(key, language, **values)

    if card.expired_on:
        return ()
    made = (
        _papers(card, case, text),
        _times(card, case, text),
        _fees(card, case, text),
        _saving(card, case, text, language),
        _fact("result", card.result, text),
        _late(text),
        _place(card, text),
        _online(card, text),
        _fact("conditions", card.conditions, text),
        _steps(card, text),
        _legal_basis(card, text),
    )
    return tuple(_said(part, card, text) for part in made if part is not None)


def _said(part: CardPart, card: ServiceCard, text: Say) -> CardPart:
    """The part, or the words that stand in its place."""
    if part.groups:
        return part
    hidden = _FACET_OF.get(part.key, part.key) in card.hidden
    words = text("card_hidden" if hidden else "card_unknown")
    return CardPart(part.key, part.title, (PartGroup((words,)),), missing=True)


def cases_of(card: ServiceCard) -> tuple[str, ...]:
    """The cases in which something on the card differs, in the card's order."""
    named = [entry.case for entries in (card.papers, card.times, card.fees) for entry in entries]
    return tuple(dict.fromkeys(case for case in named if case))


def spoken_source(source: CardSource) -> str:
    """Who published it, with the decision."""
    return f"{source.name}, {source.decision}" if source.decision else source.name


def spoken_as_of(as_of: str) -> str:
    """The month or day of the data as people say it; as it stands where it is none."""
    try:
        return spoken_month(as_of)
    except ValueError:
        return as_of


def _fits(own: str | None, case: str | None) -> bool:
    return case is None or own in (None, case)


def _part(key: str, text: Say, groups: Sequence[PartGroup], notes: Iterable[str] = ()) -> CardPart:
    return CardPart(key, text(f"card_{key}"), tuple(group for group in groups if group.lines), tuple(notes))


def _notes(cautions: Iterable[str | None], sources: Iterable[CardSource | None], text: Say) -> list[str]:
    # That nobody has reviewed an imported record is said once, above all of its facts.
    said = dict.fromkeys(caution.rstrip(". ") for caution in cautions if caution and caution != UNREVIEWED)
    own = dict.fromkeys(source for source in sources if source)
    notes = [text("card_caution", note="; ".join(said))] if said else []
    return notes + [text("card_own_source", source=spoken_source(one), as_of=spoken_as_of(one.as_of)) for one in own]


def _papers(card: ServiceCard, case: str | None, text: Say) -> CardPart:
    notes = _notes([card.papers_caution], [card.papers_source], text)
    if card.papers_state == "none":
        return _part("papers", text, [PartGroup((text("card_papers_none"),))], notes)
    fitting = [group for group in card.papers if _fits(group.case, case)]
    titled = len(fitting) > 1 or any(group.case for group in fitting)
    return _part("papers", text, [_paper_group(group, text, titled=titled) for group in fitting], notes)


def _paper_group(group: CardPapers, text: Say, *, titled: bool) -> PartGroup:
    title = text("card_papers_case", case=group.case) if group.case else text("card_papers_all")
    return PartGroup(tuple(_paper(paper) for paper in group.items), group.title or (title if titled else None))


def _paper(paper: CardPaper) -> str:
    details = [say("paper_show")] if paper.how == "show" else []
    details += [say("paper_original", count=f"{paper.originals:02d}")] if paper.originals else []
    details += [say("paper_copy", count=f"{paper.copies:02d}")] if paper.copies else []
    if paper.form and paper.form.partition(" (")[0].rstrip("…").casefold() not in paper.name.casefold():
        details.append(say("paper_form", form=paper.form))
    details += [paper.when] if paper.when else []
    return paper.name + (f" ({'; '.join(details)})" if details else "")


def _label(own: str | None, channel: Channel, alone: bool, text: Say) -> str:
    """What an amount is for, as far as it must be told apart from others."""
    named = [own] if own else []
    if channel != "any":
        named.append(say(f"channel_{channel}"))
    elif not alone and not own:
        named.append(text("card_channel_any"))
    return " – ".join(named)


def _amounts(entries: Sequence[CardTime | CardFee], lines: Sequence[str], text: Say) -> PartGroup:
    labels = [_label(entry.case, entry.channel, len(entries) == 1, text) for entry in entries]
    return PartGroup(tuple(f"{label}: {line}" if label else line for label, line in zip(labels, lines, strict=True)))


def _times(card: ServiceCard, case: str | None, text: Say) -> CardPart:
    fitting = [time for time in card.times if _fits(time.case, case)]
    if not fitting:
        return _part("time", text, ())
    rules = [text("card_clock_stated" if any(time.clock_stated for time in fitting) else "card_clock")]
    if any(time.after_fifteen and "15 giờ" not in time.text and "15:00" not in time.text for time in fitting):
        rules.append(text("card_after_fifteen"))
    notes = _notes([time.caution for time in fitting], [time.source for time in fitting], text)
    return _part("time", text, [_amounts(fitting, [time.text for time in fitting], text)], [*rules, *notes])


def _fees(card: ServiceCard, case: str | None, text: Say) -> CardPart:
    fitting = [fee for fee in card.fees if _fits(fee.case, case)]
    notes = _notes([fee.caution for fee in fitting], [fee.source for fee in fitting], text)
    return _part("fee", text, [_amounts(fitting, [_fee(fee, text) for fee in fitting], text)], notes)


def _fee(fee: CardFee, text: Say) -> str:
    per = fee.per if fee.per and fee.per.casefold() not in fee.text.casefold() else None
    return f"{fee.text} ({text('card_fee_per', per=per)})" if per else fee.text


def _saving(card: ServiceCard, case: str | None, text: Say, language: str) -> CardPart | None:
    """Nothing at all where nothing is saved or it is not known."""
    lines = []
    for one in card.savings:
        if not _fits(one.case, case):
            continue
        faster = (one.faster, one.unit) if one.faster is not None and one.unit is not None else None
        said = spoken_saving(Saving(faster, one.cheaper_vnd), language)
        lines.append(text("card_saving_case", case=one.case, text=said) if one.case and case is None else said)
    return _part("saving", text, [PartGroup(tuple(lines))]) if lines else None


def _fact(key: str, fact: CardFact | None, text: Say) -> CardPart:
    if fact is None:
        return _part(key, text, ())
    notes = _notes([fact.caution], [fact.source], text)
    said = fact.text.casefold()
    if key == "result" and "điện tử" not in said and "bản giấy" not in said:
        notes.insert(0, text("card_result_form_unknown"))
    return _part(key, text, [PartGroup(tuple(line for line in fact.text.split("\n") if line.strip()))], notes)


def _late(text: Say) -> CardPart:
    lines = (text("card_late_rule"), text("card_supplement_rule"))
    return _part("late", text, [PartGroup(lines)], [text("card_late_basis")])


def _place(card: ServiceCard, text: Say) -> CardPart:
    lines = [text("card_place_receive", agency=card.receiving)] if card.receiving else []
    if card.handled:
        lines.append(text("card_place_handled", text=card.handled.text.rstrip(".")))
    if card.deciding and card.deciding != card.receiving:
        lines.append(text("card_place_decide", agency=card.deciding))
    if card.any_centre:
        lines.append(text("card_place_any"))
    own = [card.handled] if card.handled else []
    return _part("place", text, [PartGroup(tuple(lines))], _notes([f.caution for f in own], [f.source for f in own], text))


def _online(card: ServiceCard, text: Say) -> CardPart:
    online = card.online
    if online.available is None:
        return _part("online", text, ())
    known = {"full": "card_online_full", "partial": "card_online_partial", "info_only": "card_online_info_only"}
    key = known.get(online.level, "card_online_level_unknown") if online.available else "card_online_no"
    lines = [text(key)]
    if online.reason:
        lines.append(text("card_online_reason", reason=online.reason))
    return _part("online", text, [PartGroup(tuple(lines))], _notes([online.caution], [online.source], text))


def _steps(card: ServiceCard, text: Say) -> CardPart:
    return _part("steps", text, [PartGroup(card.steps, numbered=True)], _notes([card.steps_caution], [card.steps_source], text))


def _legal_basis(card: ServiceCard, text: Say) -> CardPart:
    return _part("legal_basis", text, [PartGroup(card.legal_basis)], _notes([], [card.legal_basis_source], text))
