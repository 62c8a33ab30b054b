"""What reading a text alone costs the bot.

    bot/.venv/bin/python -m benchmarks.peers.parse < texts

JSON strings come in, one a line; milliseconds go out. The loaded agent is asked directly, without
HTTP, tracker, policies or action.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from pathlib import Path

from bot.server import Settings, load


async def main() -> None:
    texts = [json.loads(line) for line in sys.stdin]
    agent = await load(Settings(0, "http://127.0.0.1/", "", Path("models/acedesk.tar.gz")))
    await agent.parse_message(texts[0])
    for text in texts:
        began = time.perf_counter()
        await agent.parse_message(text)
        print((time.perf_counter() - began) * 1000)


if __name__ == "__main__":
    asyncio.run(main())
