"""What people type to name a target, a scope or a moment. Pure."""

import re
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import cast

from bot.clock import VIETNAM_TIME
from bot.switches.board import SCOPES, OutageScope, Scope, Target, is_decided
from bot.switches.store import SwitchRefusedError

_TARGET = re.compile(r"(?P<scope>[a-z_]+):(?P<subject>[A-Za-z0-9_.\-]{1,80})(?:/(?P<facet>[a-z_]{1,40}))?")
_SPAN = re.compile(r"(?P<count>[0-9]{1,4})(?P<unit>[mhd])")
_UNITS = {"m": "minutes", "h": "hours", "d": "days"}


def read_target(text: str) -> Target:
    """``answer:1.001193/fee``, ``procedure:1.001193``, ``intent:ask_fee``, ``channel:zalo``, ``online_filing:1.001193``.
    Raises ``SwitchRefusedError``, also for the target of a decision: those are given and taken back elsewhere."""
    found = _TARGET.fullmatch(text.strip())
    if found is None or found["scope"] not in SCOPES:
        raise SwitchRefusedError("switch_refused_target")
    target = Target(cast(Scope, found["scope"]), found["subject"], found["facet"] or "")
    if is_decided(target):
        raise SwitchRefusedError("switch_refused_decided")
    if (target.scope == "answer") != bool(target.facet):
        raise SwitchRefusedError("switch_refused_target")
    return target


def write_target(target: Target) -> str:
    """The spelling that ``read_target`` reads."""
    return f"{target.scope}:{target.subject}" + (f"/{target.facet}" if target.facet else "")


def check_known(
    target: Target,
    *,
    procedures: Collection[str],
    facets: Collection[str],
    intents: Collection[str],
    channels: Collection[str],
) -> None:
    """Raises ``SwitchRefusedError`` where there is no such thing: a slip would switch nothing off."""
    known = {"intent": intents, "channel": channels}.get(target.scope, procedures)
    if target.subject not in known:
        raise SwitchRefusedError("switch_refused_unknown", what=target.scope, subject=target.subject)
    if target.facet and target.facet not in facets:
        raise SwitchRefusedError("switch_refused_unknown", what="facet", subject=target.facet)


def read_outage_scope(text: str) -> tuple[OutageScope, str | None]:
    """``portal``, ``all`` or ``channel:zalo``. Raises ``SwitchRefusedError``."""
    scope, _, channel = text.strip().partition(":")
    if scope not in ("portal", "channel", "all") or (scope == "channel") != bool(channel):
        raise SwitchRefusedError("outage_refused_scope")
    return cast(OutageScope, scope), channel or None


def read_moment(text: str, now: datetime) -> datetime:
    """``05/08/2026 14:30`` in Vietnam's time, or ``30m``, ``2h``, ``1d`` from now. Raises ``SwitchRefusedError``."""
    span = _SPAN.fullmatch(text.strip())
    if span:
        return now + timedelta(**{_UNITS[span["unit"]]: int(span["count"])})
    try:
        moment = datetime.strptime(text.strip(), "%d/%m/%Y %H:%M").replace(tzinfo=VIETNAM_TIME)
    except ValueError as error:
        raise SwitchRefusedError("switch_refused_time", text=text) from error
    if not 2000 <= moment.year <= 2200:
        raise SwitchRefusedError("switch_refused_time", text=text)
    return moment
