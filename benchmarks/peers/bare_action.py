"""An action server that does nothing but answer, for the bot of the desk to call.

    python -m benchmarks.peers.bare_action PORT

With it a turn costs what Rasa and its call cost: the floor under the desk's own work.
"""

import sys

from sanic import HTTPResponse, Request, Sanic, json

app = Sanic("bare_action", configure_logging=False)


@app.post("/webhook")
async def run(_: Request) -> HTTPResponse:
    return json({"events": [], "responses": [{"text": "That is all."}]})


if __name__ == "__main__":
    app.run("127.0.0.1", int(sys.argv[1]), single_process=True, access_log=False, motd=False)
