"""The ordinary turn on PostgreSQL in as few statements as its promises allow: two to claim it, two to conclude it.

An ordinary turn is one in which the bot speaks before and after and nothing but the answer is written. All other turns, and all
turns on SQLite, go the way of ``bot.conversations.turns``, which says what holds for both. The statements are written by hand
because a mapper's work costs several times what they cost (docs/decisions/0051).
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, NamedTuple

from sqlalchemy import Connection

from bot import tracing
from bot.conversations.speech import Line, first_state, line_as_json, new_button_token
from bot.conversations.windows import Reach
from bot.storage.wakeup import OUTBOUND

TAKE = """
UPDATE conversation AS c
SET lease_owner = %(worker)s, lease_until = %(until)s, not_before = NULL, fence = c.fence + 1
WHERE c.id = (
    SELECT free.id
    FROM (
        SELECT conversation_id FROM inbound WHERE outcome IS NULL AND due_at <= %(now)s ORDER BY due_at, id
    ) AS waiting
    CROSS JOIN LATERAL (
        SELECT id FROM conversation
        WHERE id = waiting.conversation_id
            AND (lease_until IS NULL OR lease_until <= %(now)s) AND (not_before IS NULL OR not_before <= %(now)s)
        FOR UPDATE SKIP LOCKED
    ) AS free
    LIMIT 1
)
RETURNING c.id, c.speaker, c.fence, c.rasa_session, c.channel, c.account, c.expects, c.owner_name
"""
"""The inner selects are kept apart by their ORDER BY and their lock, so that no statistics, however old, make the server look at
more than the first message that is free. The lock is taken within a scalar subselect: it is executed once."""

_OLDEST = """
UPDATE inbound AS i SET attempts = i.attempts + 1
WHERE i.id = (
    SELECT id FROM inbound WHERE conversation_id = %(conversation)s AND outcome IS NULL ORDER BY order_at, seq LIMIT 1
)
RETURNING i.id, i.seq, i.text, i.act, i.attempts, i.circumstances, i.received_at,
    EXISTS (
        SELECT FROM inbound AS later
        WHERE later.conversation_id = i.conversation_id AND later.order_at > i.order_at
            AND later.outcome IS NOT NULL AND later.outcome <> 'ignored'
    ) AS late,
    EXISTS (
        SELECT FROM handoff
        WHERE handoff.conversation_id = i.conversation_id AND handoff.state IN ('waiting', 'taken')
            AND handoff.told_waiting_at IS NOT NULL
    ) AS told_waiting,
    (
        SELECT TRUE
        FROM (
            SELECT conversation_id FROM inbound WHERE outcome IS NULL AND due_at <= %(now)s ORDER BY due_at, id
        ) AS waiting
        CROSS JOIN LATERAL (
            SELECT id FROM conversation
            WHERE id = waiting.conversation_id
                AND (lease_until IS NULL OR lease_until <= %(now)s) AND (not_before IS NULL OR not_before <= %(now)s)
            OFFSET 0
        ) AS free
        LIMIT 1
    ) IS TRUE AS others_wait
"""
_LATE = "UPDATE inbound SET circumstances = %(circumstances)s::json WHERE id = %(inbound)s"

_GIVE_BACK = """
UPDATE conversation AS c
SET lease_owner = NULL, lease_until = NULL, not_before = NULL, last_seq = c.last_seq + %(lines)s,
    expects = CASE WHEN %(keeps)s::boolean THEN c.expects ELSE %(expects)s END
WHERE c.id = %(conversation)s AND c.fence = %(fence)s AND %(speaker)s = c.speaker
RETURNING c.last_seq, c.acted_at, c.unavailable_reason,
    (SELECT a.quota_left FROM channel_account AS a WHERE a.channel = c.channel AND a.account = c.account) AS quota_left
"""

_END = f"""
WITH ended AS (
    UPDATE inbound
    SET outcome = %(outcome)s, outcome_detail = %(detail)s, finished_at = %(now)s, nlu = %(nlu)s::json,
        circumstances = COALESCE(%(circumstances)s::json, circumstances)
    WHERE id = %(inbound)s AND outcome IS NULL
    RETURNING id
), said AS (
    INSERT INTO outbound (conversation_id, inbound_id, seq, author, author_account, author_name, message, state, detail,
        idempotency_key, created_at, sent_at)
    SELECT %(conversation)s, ended.id, line.seq, line.author, line.account, line.name, line.message, line.state, line.detail,
        line.key, %(now)s, CASE WHEN line.state = 'sent' THEN %(now)s::timestamptz END
    FROM ended
    CROSS JOIN json_to_recordset(%(lines)s::json) AS line(
        seq integer, author text, account text, name text, message json, state text, detail text, key text)
    ORDER BY line.seq
    RETURNING id, seq
), offered AS (
    INSERT INTO button (token, conversation_id, outbound_id, position, title, act)
    SELECT button.token, %(conversation)s, said.id, button.position, button.title, button.act
    FROM said
    JOIN json_to_recordset(%(buttons)s::json) AS button(seq integer, token text, position integer, title text, act json)
        ON button.seq = said.seq
)
SELECT
    CASE WHEN %(announced)s::boolean THEN pg_notify('{OUTBOUND}', '') END,
    (SELECT min(due_at) FROM inbound WHERE conversation_id = %(conversation)s AND outcome IS NULL AND id <> %(inbound)s)
FROM ended
"""  # noqa: S608 (values are parameters; what is put in is ours)


@dataclass(frozen=True)
class Taken:
    """A conversation that was taken, held until the end of the transaction."""

    conversation_id: str
    speaker: str
    fence: int
    rasa_session: int
    channel: str
    account: str
    expects: str | None
    owner_name: str | None


@dataclass(frozen=True)
class OldestEvent:
    """The event that is answered next, counted as tried. ``late``: its successor has an answer already. ``others_wait``: a
    message of another conversation is due that nobody had taken when this was asked."""

    id: int
    seq: int
    text: str | None
    act: Mapping[str, Any] | None
    attempts: int
    circumstances: Mapping[str, Any] | None
    received_at: datetime
    late: bool
    told_waiting: bool
    others_wait: bool


def take_conversation(connection: Connection, worker: str, now: datetime, until: datetime) -> Taken | None:
    """Takes the conversation whose waiting message has been due for longest; None where there is none. What somebody holds at
    this moment is passed over; what changed while this was asked is looked at again by the server."""
    row = connection.exec_driver_sql(TAKE, {"worker": worker, "now": now, "until": until}).fetchone()
    return Taken(*row) if row is not None else None


def oldest_event(connection: Connection, taken: Taken, now: datetime) -> OldestEvent | None:
    """Its oldest event without an outcome. Asked after the lock, so that nothing of it can be older than the lock."""
    row = connection.exec_driver_sql(_OLDEST, {"conversation": taken.conversation_id, "now": now}).fetchone()
    if row is None:
        return None
    event = OldestEvent(*row)
    if event.late:
        # Seen only now: when it came in, the answer to its successor may have been on its way.
        told = json.dumps({**(event.circumstances or {}), "late": True})
        connection.exec_driver_sql(_LATE, {"circumstances": told, "inbound": event.id})
    return event


@dataclass(frozen=True)
class PlainEnd:
    """How an ordinary turn ends: what is written of it beside its lines."""

    conversation_id: str
    fence: int
    speaker: str
    channel: str
    inbound_id: int
    outcome: str
    detail: str | None
    lines: Sequence[Line]
    nlu: Mapping[str, Any] | None
    circumstances: Mapping[str, Any]
    keeps_expects: bool
    expects: str | None


class PlainlyEnded(NamedTuple):
    """``not_plain``: nothing was written. ``lost``: the caller rolls back. ``next_due``: when the conversation's next message is
    due, where one waits; asked while the conversation is held, so that one that comes in later rings by itself."""

    result: Literal["written", "lost", "not_plain"]
    next_due: datetime | None = None


def end_plainly(connection: Connection, end: PlainEnd, now: datetime) -> PlainlyEnded:
    """Writes the end of the turn where the claim stands and the speaker is still the same (else ``not_plain``) and the event has
    no outcome yet (else ``lost``)."""
    conversation = {
        "lines": len(end.lines),
        "keeps": end.keeps_expects,
        "expects": end.expects,
        "conversation": end.conversation_id,
        "fence": end.fence,
        "speaker": end.speaker,
    }
    held = connection.exec_driver_sql(_GIVE_BACK, conversation).fetchone()
    if held is None:
        return PlainlyEnded("not_plain")
    last_seq, acted_at, unavailable, quota_left = held
    reach = Reach(end.channel, acted_at, unavailable, quota_left)
    written = connection.exec_driver_sql(_END, _event(end, now) | _said(end, reach, last_seq - len(end.lines), now)).fetchone()
    return PlainlyEnded("written", written[1]) if written is not None else PlainlyEnded("lost")


def _event(end: PlainEnd, now: datetime) -> dict[str, object]:
    place = tracing.traceparent()
    # What is sent of it hangs under its conclusion.
    circumstances = json.dumps({**end.circumstances, "traceparent": place}) if place is not None else None
    return {
        "conversation": end.conversation_id,
        "inbound": end.inbound_id,
        "outcome": end.outcome,
        "detail": "late" if end.detail is None and end.circumstances.get("late") else end.detail,
        "now": now,
        "nlu": json.dumps(dict(end.nlu)) if end.nlu is not None else None,
        "circumstances": circumstances,
    }


def _said(end: PlainEnd, reach: Reach, before: int, now: datetime) -> dict[str, object]:
    lines: list[dict[str, object]] = []
    buttons: list[dict[str, object]] = []
    for position, line in enumerate(end.lines):
        seq = before + position + 1
        state, detail = first_state(reach, line, now)
        key = f"{end.inbound_id}:{position}"
        who = {"author": line.author, "account": line.account, "name": line.name}
        lines.append({"seq": seq, "message": line_as_json(line), "state": state, "detail": detail, "key": key} | who)
        for place, button in enumerate(line.message.all_buttons):
            if button.intent is not None:
                act = {"intent": button.intent, "entities": dict(button.entities)}
                token = new_button_token()
                buttons.append({"seq": seq, "token": token, "position": place, "title": button.title, "act": act})
    announced = any(line["state"] == "pending" for line in lines)
    return {"lines": json.dumps(lines), "buttons": json.dumps(buttons), "announced": announced}
