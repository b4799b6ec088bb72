"""An action server that always says the same and costs next to nothing: ``python -m benchmarks.engine.constant_actions PORT``.

It takes the place of the real one where engines are compared with each other alone.
"""

import asyncio
import json
import re
import sys
from typing import Any

_SAID = {"schema": "motcua.message/1", "text": "Đây là câu trả lời.", "kind": "answer", "buttons": []}
_BODY = json.dumps({"events": [], "responses": [{"custom": _SAID}]}).encode()
_ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (len(_BODY), _BODY)
_LENGTH = re.compile(rb"\r\ncontent-length:\s*(\d+)", re.IGNORECASE)


class _Connection(asyncio.Protocol):
    """Answers each request as soon as it is whole."""

    def connection_made(self, transport: Any) -> None:  # uvloop's is no asyncio.Transport
        self._transport, self._begun = transport, b""

    def data_received(self, data: bytes) -> None:
        self._begun += data
        while (end := self._begun.find(b"\r\n\r\n")) >= 0:
            length = _LENGTH.search(self._begun, 0, end)
            whole = end + 4 + (int(length[1]) if length else 0)
            if len(self._begun) < whole:
                return
            self._begun = self._begun[whole:]
            self._transport.write(_ANSWER)


async def main(port: int) -> None:
    """Serves until the process is ended."""
    server = await asyncio.get_running_loop().create_server(_Connection, "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    try:
        import uvloop

        uvloop.install()
    except ImportError:
        pass
    asyncio.run(main(int(sys.argv[1])))
