"""What came of a campaign, by channel and ward: counts, with small numbers hidden so that nobody can be told by them. Pure but
for the reading."""

import csv
import io
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.outreach.campaigns.audience import Hindrance
from bot.shares import LEAST_SHOWN
from bot.spreadsheets import spreadsheet_cell
from bot.storage.campaign_models import CampaignCount, CampaignPerson

STEPS = ("reached", "delivered", "clicked", "started", "finished")
COLUMNS = (*STEPS, "stopped")
HIDDEN = "*"


@dataclass(frozen=True)
class ResultLine:
    """The counts of one channel in one ward (an empty ``place_id``: no ward known)."""

    channel: str
    place_id: str
    counts: Mapping[str, int]


@dataclass(frozen=True)
class Results:
    """``lines``: by channel and ward; ``totals`` over all of them; ``people``: those of the audience by state and reason."""

    lines: tuple[ResultLine, ...]
    totals: Mapping[str, int]
    people: Mapping[tuple[str, str], int]

    @property
    def waiting(self) -> int:
        """Who is still to be told."""
        return sum(n for (state, _), n in self.people.items() if state == "waiting")

    @property
    def audience(self) -> int:
        """Everybody who was chosen at the start."""
        return sum(self.people.values())


def results_of(session: Session, campaign_id: int) -> Results:
    """The results as counted so far."""
    counted = session.execute(
        select(CampaignCount.channel, CampaignCount.place_id, CampaignCount.step, func.sum(CampaignCount.n))
        .where(CampaignCount.campaign_id == campaign_id)
        .group_by(CampaignCount.channel, CampaignCount.place_id, CampaignCount.step)
    )
    people = session.execute(
        select(CampaignPerson.state, CampaignPerson.reason, func.count())
        .where(CampaignPerson.campaign_id == campaign_id)
        .group_by(CampaignPerson.state, CampaignPerson.reason)
    )
    by_reason: Counter[tuple[str, str]] = Counter()
    for state, reason, n in people:
        by_reason[state, reason or ""] += n
    return lined_up(((channel, place, step, int(n)) for channel, place, step, n in counted), by_reason)


def lined_up(counted: Iterable[tuple[str, str, str, int]], people: Mapping[tuple[str, str], int]) -> Results:
    """The counts as lines and totals."""
    by_line: dict[tuple[str, str], dict[str, int]] = {}
    totals: dict[str, int] = {}
    for channel, place, step, n in counted:
        line = by_line.setdefault((channel, place), {})
        line[step] = line.get(step, 0) + n
        totals[step] = totals.get(step, 0) + n
    lines = tuple(ResultLine(channel, place, counts) for (channel, place), counts in sorted(by_line.items()))
    return Results(lines, totals, people)


def shown(n: int) -> str:
    """A count as people may see it: ``<5`` for a small one."""
    return f"<{LEAST_SHOWN}" if 0 < n < LEAST_SHOWN else f"{n:,}".replace(",", ".")


def cells(results: Results) -> list[tuple[ResultLine, dict[str, str]]]:
    """Each line with its counts as people may see them. Where one small count alone is hidden in a column, the next one is too
    (``HIDDEN``), since the total would tell it."""
    table = [(line, {step: shown(line.counts.get(step, 0)) for step in COLUMNS}) for line in results.lines]
    for step in COLUMNS:
        known = sorted((line.counts.get(step, 0), place) for place, line in enumerate(results.lines) if line.counts.get(step))
        small = [n for n, _ in known if n < LEAST_SHOWN]
        if len(small) == 1 and len(known) > 1:
            table[known[1][1]][1][step] = HIDDEN
    return table


def results_csv(results: Results, titles: Mapping[str, str], places: Mapping[str, str], channels: Mapping[str, str]) -> str:
    """The table as CSV that spreadsheets open with every letter: a mark at the beginning, semicolons, small numbers hidden.
    ``titles``: of the columns by step, and of ``channel`` and ``place``."""
    written = io.StringIO()
    writer = csv.writer(written, delimiter=";", lineterminator="\r\n")
    writer.writerow([titles["channel"], titles["place"], *(titles[step] for step in COLUMNS)])
    for line, counts in cells(results):
        name = places.get(line.place_id, line.place_id)
        row = [channels.get(line.channel, line.channel), name, *(counts[step] for step in COLUMNS)]
        writer.writerow([spreadsheet_cell(value) for value in row])
    return "\ufeff" + written.getvalue()


def funnel_svg(totals: Mapping[str, int], titles: Mapping[str, str], described: str) -> str:
    """The steps as bars under each other, as wide as their counts; small counts all have the same least width."""
    width, bar, gap, left = 640, 34, 14, 190
    most = max([totals.get(step, 0) for step in STEPS], default=0)
    parts: list[str] = []
    for place, step in enumerate(STEPS):
        n = totals.get(step, 0)
        top = place * (bar + gap)
        room = width - left - 70
        length = (
            0 if not n or not most else max(4, round(room * (LEAST_SHOWN if n < LEAST_SHOWN else n) / max(most, LEAST_SHOWN)))
        )
        middle = top + bar // 2 + 5
        parts.append(f'<text x="0" y="{middle}" class="funnel-name">{escape(titles[step])}</text>')
        parts.append(f'<rect x="{left}" y="{top}" width="{length}" height="{bar}" rx="4" class="funnel-bar"/>')
        parts.append(f'<text x="{left + length + 8}" y="{middle}" class="funnel-count">{escape(shown(n))}</text>')
    height = len(STEPS) * (bar + gap) - gap
    head = f'<svg class="funnel" viewBox="0 0 {width} {height}" role="img" xmlns="http://www.w3.org/2000/svg">'
    return f"{head}<title>{escape(described)}</title>{''.join(parts)}</svg>"


def counts_by_reason(left_out: Mapping[tuple[str, str, Hindrance], int]) -> Sequence[tuple[str, int]]:
    """How many are not told, by reason, the most frequent first."""
    totals: dict[str, int] = {}
    for (_channel, _place, why), n in left_out.items():
        totals[why] = totals.get(why, 0) + n
    return sorted(totals.items(), key=lambda one: (-one[1], one[0]))
