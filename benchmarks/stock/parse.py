"""Runs in the stock environment: JSON lines of messages in, JSON lines as ``engine.batch_parse`` writes them out.

    python benchmarks/stock/parse.py MODEL < messages.jsonl

Imports nothing of ours, so that stock Rasa is measured as it is.
"""

import asyncio
import json
import logging
import os
import sys
import time
from pathlib import Path
from typing import Any

FALLBACK = "nlu_fallback"


def line_of(message_id: Any, understood: dict[str, Any], seconds: float) -> dict[str, Any]:
    """The line of one message; the ranking leaves the fallback out, so that its first place is the best real guess."""
    ranking = [[one["name"], one["confidence"]] for one in understood.get("intent_ranking", ()) if one["name"] != FALLBACK]
    name = understood["intent"]["name"]
    confidence = ranking[0][1] if name == FALLBACK and ranking else understood["intent"]["confidence"]
    return {"id": message_id, "intent": name, "confidence": confidence, "ranking": ranking, "ms": seconds * 1000}


def main(model: Path) -> None:
    """Understands every message of standard input."""
    out = os.fdopen(os.dup(1), "w", encoding="utf-8", buffering=1)
    os.dup2(2, 1)  # whatever Rasa prints goes to standard error
    from rasa.core.agent import Agent
    from rasa.core.channels.channel import UserMessage
    from rasa.utils.log_utils import configure_structlog

    configure_structlog(logging.WARNING)
    agent = Agent.load(model_path=str(model))
    loop = asyncio.new_event_loop()
    parse = agent.processor.parse_message
    loop.run_until_complete(parse(UserMessage(text="xin chào")))
    about = {"model": model.name, "bytes": model.stat().st_size, "intents": sorted(agent.domain.intents)}
    print(json.dumps(about), file=out)
    for line in sys.stdin.buffer:
        message = json.loads(line)
        started = time.perf_counter()
        understood = loop.run_until_complete(parse(UserMessage(text=message["text"])))
        print(json.dumps(line_of(message["id"], understood, time.perf_counter() - started)), file=out)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
