"""Asks this container's process whether it can do its work; exit code 0 where it can. Standard library only.

The address is the argument, else ``http://127.0.0.1:$METRICS_PORT/readyz``.
"""

import os
import sys
from urllib.error import URLError
from urllib.request import urlopen

SECONDS = 4


def main() -> int:
    """The exit code."""
    address = sys.argv[1] if len(sys.argv) > 1 else f"http://127.0.0.1:{os.environ.get('METRICS_PORT') or 9100}/readyz"
    try:
        with urlopen(address, timeout=SECONDS) as answer:
            return 0 if answer.status == 200 else 1
    except (URLError, OSError) as error:
        print(f"{address}: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
