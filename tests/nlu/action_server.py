"""A small stand-in for the desk's action server."""

from __future__ import annotations

import json
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

TOKEN = "a-token-for-tests"

Behaviour = Callable[[dict[str, Any]], dict[str, Any]]


class ActionServer:
    """Answers as `behaviour` says, and remembers what it was asked and with which authorisation."""

    def __init__(self) -> None:
        self.calls: list[dict[str, Any]] = []
        self.authorisations: set[str] = set()
        self.behaviour: Behaviour = lambda call: {}
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                call = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                outer.calls.append(call)
                outer.authorisations.add(self.headers["Authorization"])
                try:
                    status, answer = 200, {"events": [], "responses": [], **outer.behaviour(call)}
                except Exception as error:
                    status, answer = 500, {"error": str(error)}
                body = json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *args: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/webhook"
        Thread(target=self._server.serve_forever, daemon=True).start()

    def called(self) -> list[str]:
        return [call["next_action"] for call in self.calls]

    def reset(self) -> None:
        self.calls.clear()
        self.authorisations.clear()
        self.behaviour = lambda call: {}

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
