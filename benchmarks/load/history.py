"""A ledger with a past: made-up conversations, inserted by the PostgreSQL server itself: millions take a minute or two."""

from sqlalchemy import Engine, text

BASE_CONVERSATIONS = 4_000
"""A base day of docs/operators/capacity.md: with MESSAGES each, 32,000 messages."""
MESSAGES = 8
CHANNEL, ACCOUNT = "zalo", "history"

_ID = "lpad(to_hex(i), 32, '0')"
_AT = "now() - interval '90 days' * (1 - i::float / CAST(:upto AS float)) AS at"
_NUMBERS = "generate_series(CAST(:first AS bigint), CAST(:upto AS bigint)) AS i"
_FILL = (
    f"""INSERT INTO conversation (id, channel, account, external_id, speaker, fence, send_fence, last_seq, rasa_session,
        opened_at, last_inbound_at, acted_at)
    SELECT {_ID}, '{CHANNEL}', '{ACCOUNT}', 'citizen-' || i, 'bot', 4, 4, {MESSAGES}, 1, at, at, at
    FROM (SELECT i, {_AT} FROM {_NUMBERS}) AS numbered""",
    f"""INSERT INTO inbound (id, conversation_id, channel, account, event_id, seq, text, received_at, order_at, due_at, attempts,
        outcome, finished_at, nlu)
    SELECT (i - 1) * 4 + k, {_ID}, '{CHANNEL}', '{ACCOUNT}', 'event-' || i || '-' || k, 2 * k - 1,
        'cho hỏi lệ phí đăng ký khai sinh', at, at, at, 1, 'answered', at, '{{"intent": "ask_fee", "confidence": 0.93}}'
    FROM (SELECT i, k, {_AT}
        FROM {_NUMBERS}, generate_series(1, 4) AS k) AS numbered""",
    f"""INSERT INTO outbound (id, conversation_id, inbound_id, seq, author, message, state, idempotency_key, created_at,
        sent_at)
    SELECT (i - 1) * 4 + k, {_ID}, (i - 1) * 4 + k, 2 * k, 'bot',
        '{{"text": "Lệ phí đăng ký khai sinh đúng hạn: miễn phí.", "kind": "answer"}}', 'sent',
        'history:' || i || ':' || k, at, at
    FROM (SELECT i, k, {_AT}
        FROM {_NUMBERS}, generate_series(1, 4) AS k) AS numbered""",
    f"""INSERT INTO button (token, conversation_id, outbound_id, position, title, act)
    SELECT 'b' || i || '-' || k || '-' || p, {_ID}, (i - 1) * 4 + k, p, 'Giấy tờ', '{{"intent": "ask_documents"}}'
    FROM {_NUMBERS}, generate_series(1, 4) AS k, generate_series(0, 1) AS p""",
    f"""INSERT INTO delivery (id, outbound_id, conversation_id, part, call, shown, state, attempts, platform_message_id,
        created_at, sent_at)
    SELECT (i - 1) * 4 + k, (i - 1) * 4 + k, {_ID}, 0, '{{"method": "send", "body": {{}}}}', 'Lệ phí', 'sent', 1,
        'sent-' || i || '-' || k, at, at
    FROM (SELECT i, k, {_AT}
        FROM {_NUMBERS}, generate_series(1, 4) AS k) AS numbered""",
    f"""INSERT INTO channel_event (id, channel, account, event_id, name, conversation_id, outcome, received_at)
    SELECT (i - 1) * 8 + k, '{CHANNEL}', '{ACCOUNT}', 'receipt-' || i || '-' || k, 'user_received_message', {_ID},
        'applied', at
    FROM (SELECT i, k, {_AT}
        FROM {_NUMBERS}, generate_series(1, 8) AS k) AS numbered""",
)
_NUMBERED = ("inbound", "outbound", "delivery", "channel_event")


def fill(engine: Engine, conversations: int) -> None:
    """Adds conversations until there are so many; each with four messages of its citizen, four answers with two buttons, and the
    platform's receipts. Nothing else may have written before."""
    with engine.begin() as connection:
        connection.execute(text("SET LOCAL statement_timeout = 0"))
        there = connection.execute(text(f"SELECT count(*) FROM conversation WHERE account = '{ACCOUNT}'")).scalar_one()
        if there >= conversations:
            return
        for statement in _FILL:
            connection.execute(text(statement), {"first": there + 1, "upto": conversations})
        for table in _NUMBERED:
            last = f"SELECT max(id) + 1000000000 FROM {table} WHERE id < 1000000000"
            connection.execute(text(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), greatest(({last}), 1000000000))"))
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("SET statement_timeout = 0"))
        connection.execute(text("VACUUM ANALYZE"))
