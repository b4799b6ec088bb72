"""Charts as inline SVG: pure functions, no script, colours by CSS classes (``charts.css`` of each site), each with its title and
description for people who do not see it. A table with the same figures belongs beside each."""

from bot.charts.bars import Bar, bars
from bot.charts.funnel import FunnelStep, funnel
from bot.charts.lines import Line, lines
from bot.charts.numbers import number, percent

__all__ = ["Bar", "FunnelStep", "Line", "bars", "funnel", "lines", "number", "percent"]
