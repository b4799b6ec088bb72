"""What the metrics of one turn cost: ``python -m benchmarks.metrics``.

All counters that a message meets on its way are moved many times (webhook, commit, claim, engine call, action, search, portal,
sending, connections to the ledger, and about as many in the engine); the figure is processor time per turn, so that it means
the same on a busy machine. The yardstick is a bare Python function called as often, in the same run.
"""

import time
from collections.abc import Callable

from bot.metrics import declared as d
from bot.metrics.http import count_request
from bot.metrics.known_words import KnownWords

TURNS = 5_000
_CONNECTIONS = 10
_IN_THE_ENGINE = 12
_CALLS = 44
_words = KnownWords()


def one_turn() -> None:
    """Everything that is counted for one message of a platform."""
    d.WEBHOOK_SECONDS.labels("zalo").observe(0.01)
    d.WEBHOOKS.labels("zalo", _words("accepted")).inc()
    d.COMMIT_BATCH.observe(1)
    d.INBOUND_EVENTS.labels("zalo", "new").inc()
    count_request("POST", "/webhooks/zalo", 200, 0.01)
    d.CLAIM_SECONDS.observe(0.01)
    d.TURNS_IN_HAND.inc()
    d.ENGINE_CALLS.labels("a", "answered").inc()
    d.ENGINE_CALL_SECONDS.labels("a").observe(0.1)
    d.CONCLUSIONS.labels("written").inc()
    d.OUTCOMES.labels("zalo", "answered").inc()
    d.OUTCOME_SECONDS.labels("zalo").observe(1.0)
    d.TURNS_IN_HAND.dec()
    d.ACTIONS.labels("action_answer_procedure", "ok").inc()
    d.ACTION_SECONDS.labels("action_answer_procedure").observe(0.1)
    d.PORTAL_CALLS.labels("lookup_dossier", "ok").inc()
    d.PORTAL_SECONDS.labels("lookup_dossier").observe(0.1)
    d.RATE_WAIT_SECONDS.labels("zalo").observe(0.0)
    d.SEND_SECONDS.labels("zalo").observe(0.1)
    d.DELIVERIES.labels("zalo", "sent").inc()
    d.SENT_SECONDS.labels("zalo").observe(1.0)
    for _ in range(_CONNECTIONS):
        d.POOL_WAIT_SECONDS.observe(0.001)
    for _ in range(_IN_THE_ENGINE):
        d.SEARCH_SECONDS.observe(0.01)


def _nothing() -> None:
    return


def bare_calls() -> None:
    """As many calls of a function that does nothing."""
    for _ in range(_CALLS):
        _nothing()


def microseconds(work: Callable[[], None]) -> float:
    """Processor time of one piece of work."""
    work()
    began = time.process_time()
    for _ in range(TURNS):
        work()
    return (time.process_time() - began) / TURNS * 1e6


def main() -> None:
    """Measures and tells."""
    counted, bare = microseconds(one_turn), microseconds(bare_calls)
    print(f"metrics of one turn: {counted:.0f} µs of processor time (promised: under 200); {_CALLS} bare calls: {bare:.1f} µs")


if __name__ == "__main__":
    main()
