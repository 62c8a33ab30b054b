"""What the assistant reads in texts: `python -m bot.parse < texts > readings`, no server needed.

One JSON string a line goes in; one JSON object a line comes out, with intent, margins, language and
entities as the bot hands them to the desk.
"""

from __future__ import annotations

import asyncio
import json
import sys

from rasa.core.agent import load_agent

from bot.train import MODEL


async def main() -> None:
    """Parse standard input, line by line, each text as a conversation of its own."""
    agent = await load_agent(str(MODEL))
    for line in sys.stdin:
        reading = await agent.parse_message(json.loads(line))
        sys.stdout.write(json.dumps(reading, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    asyncio.run(main())
