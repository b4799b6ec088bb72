"""A report as officials write one (form of NĐ 30/2020/NĐ-CP): names and number at the head, numbered parts, tables whose heads
are repeated on each page, who receives it, and a place for a person's signature, which stays empty."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import CondPageBreak, Flowable, KeepTogether, SimpleDocTemplate, Spacer, Table, TableStyle

from bot.clock import VIETNAM_TIME
from bot.printing import PLAIN, register_fonts
from bot.reporting import pdf_parts
from bot.reporting.alerts import KINDS
from bot.reporting.numbers import share, span, whole
from bot.reporting.paper import WIDTH, paragraph
from bot.reporting.summary import period_text
from bot.reporting.view import ReportView
from bot.texts import say

_TOP, _BOTTOM, _LEFT, _RIGHT = 20 * mm, 20 * mm, 30 * mm, 15 * mm
_MOST_CHANGES = 60
_ROMAN = ("I", "II", "III", "IV", "V", "VI", "VII")


@dataclass(frozen=True)
class Letterhead:
    """Who writes: the agency above, the agency, and the place that stands before the date."""

    parent: str
    agency: str
    place: str = "Bắc Ninh"


def report_pdf(view: ReportView, head: Letterhead) -> bytes:
    """The report on A4. The same report gives the same bytes."""
    register_fonts()
    written = io.BytesIO()
    title = f"{say('report_title')} {period_text(view)}"
    document = SimpleDocTemplate(
        written,
        pagesize=A4,
        leftMargin=_LEFT,
        rightMargin=_RIGHT,
        topMargin=_TOP,
        bottomMargin=_BOTTOM,
        title=title,
        author=head.agency,
        lang="vi",
        invariant=1,
    )
    document.build(_story(view, head), onLaterPages=_page_number)
    return written.getvalue()


def _page_number(canvas: Canvas, document: Any) -> None:
    """The page's number in the middle of the upper margin, from the second page on."""
    canvas.setFont(PLAIN, 9)
    canvas.drawCentredString(A4[0] / 2, A4[1] - 12 * mm, str(document.page))


def _story(view: ReportView, head: Letterhead) -> list[Flowable]:
    parts = [
        ("report_part_counts", _counts(view)),
        ("report_part_indicators", pdf_parts.indicators(view)),
        ("report_part_alerts", _alerts(view)),
        ("report_part_assistant", _assistant(view)),
        ("report_part_changes", _changes(view)),
        ("report_part_units", pdf_parts.units(view)),
    ]
    story = _head(view, head)
    for number, (key, flowables) in zip(_ROMAN, [part for part in parts if part[1]], strict=False):
        story.append(CondPageBreak(35 * mm))
        story.append(paragraph(f"{number}. {say(key)}", "part"))
        story += flowables
    return [*story, Spacer(1, 6 * mm), KeepTogether(_foot())]


def _head(view: ReportView, head: Letterhead) -> list[Flowable]:
    made = view.made_at.astimezone(VIETNAM_TIME)
    place = say("report_place_date", place=head.place, day=f"{made.day:02}", month=f"{made.month:02}", year=made.year)
    left = [paragraph(head.parent.upper(), "centre_small"), paragraph(head.agency.upper(), "centre_bold_small"), _Rule(22 * mm)]
    right = [
        paragraph(say("report_country"), "centre_bold_small"),
        paragraph(say("report_motto"), "centre_bold_small"),
        _Rule(44 * mm),
    ]
    table = Table(
        [[left, right], [paragraph(say("report_number"), "centre_small"), paragraph(place, "centre_small")]],
        colWidths=[WIDTH * 0.47, WIDTH * 0.53],
        style=TableStyle([("VALIGN", (0, 0), (-1, -1), "TOP"), ("LEFTPADDING", (0, 0), (-1, -1), 0)]),
    )
    about = [
        paragraph(say("report_title"), "title"),
        paragraph(say("report_about", period=period_text(view)), "subtitle"),
        _Rule(40 * mm),
        Spacer(1, 3 * mm),
        paragraph(say("report_made", id=view.id, at=made.strftime("%H:%M %d/%m/%Y"), sha256=view.sha256), "soft"),
    ]
    if view.revision > 1:
        about.append(paragraph(say("report_replaces", revision=view.revision - 1), "soft"))
    if view.partial:
        about.append(paragraph(say("report_partial"), "soft"))
    return [table, Spacer(1, 5 * mm), *about]


class _Rule(Flowable):  # type: ignore[misc] # the library ships no types
    """A short line in the middle, below a heading."""

    def __init__(self, length: float) -> None:
        super().__init__()
        self._length, self._width = length, length

    def wrap(self, width: float, _height: float) -> tuple[float, float]:
        """Takes the whole width."""
        self._width = width
        return width, 6

    def draw(self) -> None:
        """Draws the line."""
        left = (self._width - self._length) / 2
        self.canv.setLineWidth(0.7)
        self.canv.line(left, 3, left + self._length, 3)


def _counts(view: ReportView) -> list[Flowable]:
    total = view.figures["total"]
    numbers = {name: whole(value) for name, value in total.items() if isinstance(value, int)}
    on_time = share(total["on_time"], total["judged"])
    lines = [
        say("report_line_received", **numbers, online_share=share(total["received_online"], total["received"])),
        say("report_line_ended", **numbers, share=on_time),
        say("report_line_open", **numbers),
    ]
    if total["unjudged"]:
        lines.append(say("report_line_unjudged", **numbers))
    complete = view.figures["completeness"]
    if complete is not None:
        lines.append(say("report_line_units", **{name: whole(complete[name]) for name in ("units", "units_with_data", "places")}))
    return [paragraph(f"{number}. {line}", "body") for number, line in enumerate(lines, 1)]


def _alerts(view: ReportView) -> list[Flowable]:
    story: list[Flowable] = []
    for kind in KINDS:
        found = [one for one in view.alerts if one["kind"] == kind]
        if not found:
            story.append(paragraph(f"– {say(f'report_alert_none_{kind}')}", "body"))
            continue
        new = sum(one["new"] for one in found)
        head = say(
            f"report_alert_{kind}", units=whole(len(found)), count=whole(sum(one["count"] for one in found)), new=whole(new)
        )
        story += [paragraph(f"– {head}", "body"), pdf_parts.alerts(kind, found)]
    return story


def _assistant(view: ReportView) -> list[Flowable]:
    figures = view.figures["assistant"]
    if figures is None:
        return []
    if not figures["messages"] and not figures["handoffs_opened"]:
        return [paragraph(say("report_line_no_messages"), "body")]
    numbers = {name: whole(value) for name, value in figures.items() if isinstance(value, int)}
    answered = figures["by_outcome"].get("answered", 0)
    lines = [
        say("report_line_messages", **numbers, answered=share(answered, figures["messages"])),
        say("report_line_answer_time", **_times(figures["answer_seconds"])),
        say("report_line_handoffs", **numbers, **_times(figures["handoff_answer_seconds"])),
        say("report_line_ratings", **numbers),
    ]
    return [paragraph(f"{number}. {line}", "body") for number, line in enumerate(lines, 1)]


def _times(spread: dict[str, Any]) -> dict[str, str]:
    return {"median": span(spread["median"]), "p90": span(spread["p90"])}


def _changes(view: ReportView) -> list[Flowable]:
    if not view.changes:
        return []
    story = [paragraph(say("report_changes", revision=view.revision - 1, count=whole(len(view.changes))), "body")]
    story.append(pdf_parts.changes(view.changes[:_MOST_CHANGES]))
    if len(view.changes) > _MOST_CHANGES:
        story.append(paragraph(say("report_changes_more", count=whole(len(view.changes) - _MOST_CHANGES)), "soft"))
    return story


def _foot() -> Sequence[Flowable]:
    receivers = [paragraph(say("report_receivers"), "bold_small")]
    receivers += [paragraph(line, "small") for line in say("report_receivers_list").split("\n")]
    signer = [paragraph(say("report_signer"), "centre_bold_small"), paragraph(say("report_sign_here"), "centre_small")]
    table = Table(
        [[receivers, signer]],
        colWidths=[WIDTH * 0.5, WIDTH * 0.5],
        rowHeights=[42 * mm],
        style=TableStyle([("VALIGN", (0, 0), (-1, -1), "TOP"), ("LEFTPADDING", (0, 0), (-1, -1), 0)]),
    )
    return [table]
