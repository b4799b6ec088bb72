"""Every metric of the application's processes (the engine's own: ``engine/metrics.py``). Documented in docs/operators/metrics.md.

Labels are words of ours (channel, outcome, state, the pattern of a route): never an id, never a text.
"""

from bot.metrics.declaring import counter, gauge, histogram, read_at_scrape

QUICK = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
CALLS = (0.01, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 3.0, 6.0, 10.0)
PATIENCE = (0.1, 0.25, 0.5, 1.0, 2.0, 3.0, 5.0, 8.0, 15.0, 30.0, 60.0)
SIZES = (1, 2, 5, 10, 20, 50, 100)

# Gateway: what comes in
WEBHOOKS = counter("motcua_webhooks_total", "Requests to a platform's webhook by result.", "channel", "result")
WEBHOOK_SECONDS = histogram(
    "motcua_webhook_seconds", "Seconds until a signed request's events were committed.", "channel", buckets=QUICK
)
INBOUND_EVENTS = counter("motcua_inbound_events_total", "Events that came in, new or come before.", "channel", "result")
IGNORED_EVENTS = counter("motcua_ignored_events_total", "Events that nothing is done with, by name.", "channel", "name")
COMMIT_BATCH = histogram("motcua_commit_batch_requests", "Webhook requests that shared one commit.", buckets=SIZES)

# Gateway and console: HTTP
HTTP_REQUESTS = counter("motcua_http_requests_total", "Requests by the pattern of their route.", "method", "route", "status")
HTTP_SECONDS = histogram(
    "motcua_http_request_seconds", "Seconds until an answer began, by the class of its status.", "status", buckets=QUICK
)
STREAMS_OPEN = gauge("motcua_event_streams_open", "Event streams (server-sent events) that are open.", "kind")
SIGN_INS = counter("motcua_sign_ins_total", "Sign-ins to the console by step and result.", "step", "result")

# Worker
OUTCOMES = counter("motcua_inbound_outcomes_total", "Messages by how they ended.", "channel", "outcome")
OUTCOME_SECONDS = histogram(
    "motcua_inbound_outcome_seconds", "Seconds from a message's arrival to its outcome.", "channel", buckets=PATIENCE
)
CONCLUSIONS = counter("motcua_conclusions_total", "Writes of a turn's end; lost: another worker held the lease.", "result")
PUT_OFF = counter("motcua_turns_put_off_total", "Turns given back for another attempt.", "reason")
CLAIM_SECONDS = histogram("motcua_claim_seconds", "Seconds of a claim in the ledger, waits for locks included.", buckets=QUICK)
TURNS_IN_HAND = gauge("motcua_turns_in_hand", "Turns that the worker carries out now.")
ENGINE_CALLS = counter("motcua_engine_calls_total", "Turns asked of an engine slot by result.", "slot", "result")
ENGINE_CALL_SECONDS = histogram("motcua_engine_call_seconds", "Seconds of a turn at an engine slot.", "slot", buckets=CALLS)

# Sender
DELIVERIES = counter("motcua_deliveries_total", "Calls to platforms by the state that they left.", "channel", "state")
SEND_ERRORS = counter("motcua_send_errors_total", "Failed calls to platforms by class.", "channel", "error_class")
SEND_SECONDS = histogram("motcua_send_seconds", "Seconds of a call to a platform.", "channel", buckets=CALLS)
SENT_SECONDS = histogram(
    "motcua_outbound_sent_seconds", "Seconds from a message's writing to its sending.", "channel", buckets=PATIENCE
)
RATE_WAIT_SECONDS = histogram(
    "motcua_send_rate_wait_seconds",
    "Seconds that a call waited for its place in the rate limit.",
    "channel",
    buckets=PATIENCE,
)
SEND_LEASES_LOST = counter("motcua_send_leases_lost_total", "Ends of calls that another sender's lease refused.", "channel")

TASK_PERIOD = gauge(
    "motcua_scheduled_task_period_seconds", "Least time between two runs of a task by the clock that this worker knows.", "task"
)

# Actions and the portal (any process that speaks to it)
ACTIONS = counter("motcua_actions_total", "Turns of the action server by action and result.", "action", "result")
ACTION_SECONDS = histogram("motcua_action_seconds", "Seconds of an action.", "action", buckets=CALLS)
SEARCH_SECONDS = histogram("motcua_search_seconds", "Seconds of a search in the catalogue.", buckets=QUICK)
SEARCH_DENSE = read_at_scrape("motcua_search_dense", "1 where the dense part of the search serves, 0 where words serve alone.")
CATALOGUE_PROCEDURES = read_at_scrape("motcua_catalogue_procedures", "Procedures that this action server answers from.")
PORTAL_CALLS = counter("motcua_portal_calls_total", "Calls to the portal by result.", "operation", "result")
PORTAL_SECONDS = histogram("motcua_portal_call_seconds", "Seconds of a call to the portal.", "operation", buckets=CALLS)
PORTAL_BREAKER = gauge("motcua_portal_breaker", "The breaker before the portal: 0 closed, 0.5 half open, 1 open.")

# Every process
BUILD_INFO = gauge("motcua_build_info", "Always 1: which program this is, and of which release.", "program", "version", "commit")
READY = read_at_scrape("motcua_ready", "1 where the process can do its work (what /readyz says).")
ALIVE = read_at_scrape("motcua_alive", "1 where the process's loop runs (what /healthz says).")
POOL_CONNECTIONS = read_at_scrape("motcua_database_pool_connections", "Connections of this process to the ledger.", "state")
POOL_LIMIT = read_at_scrape("motcua_database_pool_limit", "Most connections that this process's pools may open.")
POOL_WAIT_SECONDS = histogram(
    "motcua_database_pool_wait_seconds", "Seconds until a connection to the ledger was there.", buckets=QUICK
)

# The ledger, read by the gateway (the same from each replica: rules use max)
LEDGER_UP = read_at_scrape("motcua_ledger_up", "1 where the ledger could be read for these figures.")
MIGRATIONS_AT_HEAD = read_at_scrape("motcua_migrations_at_head", "1 where the ledger has the shape of this release.")
OLDEST_UNANSWERED = read_at_scrape(
    "motcua_inbound_oldest_unanswered_seconds", "Age of the oldest message without an outcome; 0 where none waits."
)
UNANSWERED = read_at_scrape("motcua_inbound_unanswered", "Messages without an outcome.")
OUTBOUND_PENDING = read_at_scrape("motcua_outbound_pending", "Messages that wait to be sent.")
OLDEST_PENDING = read_at_scrape("motcua_outbound_oldest_pending_seconds", "Age of the oldest message that waits to be sent.")
OUTBOUND_LOST = read_at_scrape("motcua_outbound_unsent_last_day", "Messages of the last day that ended so.", "state")
ACCOUNT_OK = read_at_scrape("motcua_channel_account_ok", "1 where the platform's account can be sent with.", "channel")
ACCOUNT_PAUSED = read_at_scrape("motcua_channel_account_paused", "1 while sending is paused for the platform's sake.", "channel")
QUOTA_LEFT = read_at_scrape("motcua_channel_quota_left", "Messages that the platform still grants; absent: not told.", "channel")
TOKEN_DAYS = read_at_scrape("motcua_channel_token_days_left", "Days until the account's refresh token ends.", "channel")
TOKEN_CONSENT = read_at_scrape("motcua_channel_token_consent_needed", "1 where a person must consent anew.", "channel")
HANDOFFS_WAITING = read_at_scrape("motcua_handoffs_waiting", "Conversations that wait for an officer.")
HANDOFF_LONGEST = read_at_scrape("motcua_handoff_longest_wait_seconds", "The longest present wait for an officer.")
HEARTBEAT_AGE = read_at_scrape("motcua_heartbeat_age_seconds", "Age of the newest sign of life of a kind of process.", "kind")
HEARTBEATS = read_at_scrape("motcua_processes_alive", "Processes of a kind with a sign of life within half a minute.", "kind")
TASK_AGE = read_at_scrape("motcua_scheduled_task_age_seconds", "Seconds since a task by the clock last ended well.", "task")
RETENTION_AGE = read_at_scrape("motcua_retention_run_age_seconds", "Seconds since data past their time were last deleted.")
TRAINING_JOBS = read_at_scrape("motcua_training_jobs", "Trainings that wait or run; failed ones of the last week.", "state")
CATALOGUE_AGE = read_at_scrape("motcua_catalogue_age_seconds", "Seconds since the live imported catalogue was imported.")
DATABASE_BYTES = read_at_scrape("motcua_database_bytes", "Size of the ledger on disk.")
DISK_FREE = read_at_scrape("motcua_disk_free_bytes", "Free space where VAR_DIR lies.")
BACKUP_AGE = read_at_scrape("motcua_backup_age_seconds", "Seconds since the last good backup; absent before the first.")
