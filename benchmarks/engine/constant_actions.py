"""An action server that always says the same and costs next to nothing: ``python -m benchmarks.engine.constant_actions PORT``.

It takes the place of the real one where engines are compared with each other alone.
"""

import asyncio
import json
import sys

_SAID = {"schema": "motcua.message/1", "text": "Đây là câu trả lời.", "kind": "answer", "buttons": []}
_BODY = json.dumps({"events": [], "responses": [{"custom": _SAID}]}).encode()
_ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (len(_BODY), _BODY)


async def _serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while head := await reader.readuntil(b"\r\n\r\n"):
            length = next((line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")), b":0")
            await reader.readexactly(int(length.partition(b":")[2]))
            writer.write(_ANSWER)
    except (asyncio.IncompleteReadError, OSError):
        pass
    finally:
        writer.close()


async def main(port: int) -> None:
    """Serves until the process is ended."""
    server = await asyncio.start_server(_serve, "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
