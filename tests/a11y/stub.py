"""A stand-in for the desk: the real script of the chat, and conversations as a test wants them.

It speaks the visitor's interface (docs/api.md). Behind it is no bot and no store, so that a test
can bring the chat into any state at once: `Line.emit` puts any event on a conversation's stream.
"""

import asyncio
import json as jsonlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from sanic import HTTPResponse, Request, Sanic, empty, html, json, text

from desk.web import widget
from desk.web.server import close, listen
from tests.a11y.words import Words, bot, words
from tests.e2e.stack import free_port

_PAGE = """<!doctype html>
<html lang="{language}" dir="{dir}">
<head>
<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy"
  content="default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'">
<title>A site</title>
<script src="/widget.js" {attributes} async></script>
</head>
<body><main><h1>A site</h1><p><a href="#top">A link of the page</a></p></main></body>
</html>"""


@dataclass
class Line:
    """One conversation: what its stream has told so far, and what was asked of it."""

    language: str
    events: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    calls: list[tuple[str, Any]] = field(default_factory=list)
    refusals: dict[str, tuple[int, str]] = field(default_factory=dict)
    """By the last part of an address: the status and the sentence to answer with."""
    held: set[str] = field(default_factory=set)
    """Last parts of addresses that are not answered before they leave this set."""
    news: asyncio.Event = field(default_factory=asyncio.Event)

    def emit(self, event: str, /, **data: Any) -> None:
        """Puts an event on the stream; a message gets the next number."""
        if event == "message":
            seq = 1 + sum(kind == "message" for kind, _ in self.events)
            data = {
                "id": uuid4().hex, "seq": seq, "at": datetime.now(UTC).isoformat(), "name": None,
                "language": self.language, "buttons": [], "custom": None, "client_id": None,
                "helpful": None,
            } | data  # fmt: skip
        self.events.append((event, data))
        self.news.set()

    @property
    def words(self) -> Words:
        return words(self.language)


class StubDesk:
    """A running stand-in; its lines may be written to from the test's thread."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.lines: dict[str, Line] = {}
        self.loop: asyncio.AbstractEventLoop | None = None

    def line(self, language: str, *events: tuple[str, dict[str, Any]]) -> str:
        """The id of a new conversation in which this was said."""
        line = Line(language)
        for event, data in events:
            line.emit(event, **data)
        name = uuid4().hex
        self.lines[name] = line
        return name

    def emit(self, name: str, event: str, /, **data: Any) -> None:
        assert self.loop is not None
        self.loop.call_soon_threadsafe(lambda: self.lines[name].emit(event, **data))

    @property
    def newest(self) -> Line:
        return [*self.lines.values()][-1]


@contextmanager
def stub_desk() -> Iterator[StubDesk]:
    """A stand-in at a free port, in a thread of its own."""
    port = free_port()
    desk = StubDesk(port)
    started, stopped = threading.Event(), asyncio.Event()

    async def run() -> None:
        desk.loop = asyncio.get_running_loop()
        server = await listen(_app(desk), "127.0.0.1", port)
        started.set()
        await stopped.wait()
        for line in desk.lines.values():
            line.held.clear()
            line.refusals["stream"] = (503, "")
            line.news.set()
        await close(server)

    thread = threading.Thread(target=lambda: asyncio.run(run()), daemon=True)
    thread.start()
    assert started.wait(10)
    try:
        yield desk
    finally:
        assert desk.loop is not None
        desk.loop.call_soon_threadsafe(stopped.set)
        thread.join(10)


def _app(desk: StubDesk) -> Sanic[Any, Any]:
    app: Sanic[Any, Any] = Sanic(f"stub-{uuid4().hex}", configure_logging=False)
    app.config.TOUCHUP = False
    app.config.REQUEST_MAX_SIZE = 12_000_000
    app.config.REQUEST_TIMEOUT = app.config.RESPONSE_TIMEOUT = 300
    base = "/api/v1/conversations"

    def line_of(name: str) -> Line:
        return desk.lines[name]

    async def refusal(name: str, what: str, said: Any = None) -> HTTPResponse | None:
        line = line_of(name)
        line.calls.append((what, said))
        last = what.rsplit("/", 1)[-1]
        while last in line.held:
            await asyncio.sleep(0.02)
        if last not in line.refusals:
            return None
        status, sentence = line.refusals[last]
        return json({"error": {"code": "refused", "message": sentence}}, status=status)

    @app.get("/")
    async def page(request: Request) -> HTTPResponse:
        known = {key: request.args.get(key) for key in request.args}
        attributes = " ".join(f'data-{k}="{v}"' for k, v in known.items() if k != "dir")
        language = known.get("language", "en")
        values = {"language": language, "dir": known.get("dir", "ltr"), "attributes": attributes}
        return html(_PAGE.format(**values))

    @app.post(base)
    async def create(request: Request) -> HTTPResponse:
        name = desk.line(request.json["language"])
        desk.lines[name].emit("state", **_state(desk.lines[name]))
        return json({"id": name, "token": "t"}, status=201)

    @app.get(f"{base}/<name>/stream")
    async def stream(request: Request, name: str) -> HTTPResponse | None:
        if name not in desk.lines:
            return json({"error": {"code": "unknown_conversation", "message": ""}}, status=404)
        line = line_of(name)
        if "stream" in line.refusals:
            return empty(line.refusals["stream"][0])
        response = await request.respond(content_type="text/event-stream")
        assert response is not None
        after = int(request.headers.getone("last-event-id", "0"))
        told = 0
        while "stream" not in line.refusals:
            line.news.clear()
            for kind, data in line.events[told:]:
                if data.get("seq", after + 1) <= after and kind == "message":
                    continue
                number = f"id: {data['seq']}\n" if kind == "message" else ""
                await response.send(f"{number}event: {kind}\ndata: {jsonlib.dumps(data)}\n\n")
            told = len(line.events)
            await line.news.wait()
        return None

    @app.post(f"{base}/<name>/messages")
    async def send(request: Request, name: str) -> HTTPResponse:
        said = request.json
        refused = await refusal(name, "messages", said)
        if refused:
            return refused
        line = line_of(name)
        label = line.words.person if said["text"] == "/person_wanted" else said["text"].lstrip("/")
        line.emit("message", actor="visitor", text=label, client_id=said["client_id"])
        seq = line.events[-1][1]["seq"]
        _reply(line, said["text"])
        return json({"id": "m", "seq": seq}, status=202)

    @app.post(f"{base}/<name>/files")
    async def take(request: Request, name: str) -> HTTPResponse:
        given, client_id = request.files.get("file"), request.form.get("client_id")
        refused = await refusal(name, "files", given.name)
        if refused:
            return refused
        about = {"id": "f", "name": given.name, "media_type": given.type, "size": len(given.body)}
        line = line_of(name)
        custom = {"kind": "file", "file": about}
        line.emit("message", actor="visitor", text=given.name, client_id=client_id, custom=custom)
        return json({"id": "m", "seq": line.events[-1][1]["seq"], "file": about}, status=202)

    @app.put(f"{base}/<name>/language")
    async def choose(request: Request, name: str) -> HTTPResponse:
        line = line_of(name)
        line.calls.append(("language", request.json))
        line.language = request.json["language"]
        line.emit("state", **(_last_state(line) | {"language": line.language}))
        return empty(204)

    @app.get(f"{base}/<name>/transcript")
    async def transcript(request: Request, name: str) -> HTTPResponse:
        refused = await refusal(name, "transcript")
        return refused or text("You: hello\n", headers={"Content-Disposition": "attachment"})

    @app.post(f"{base}/<name>/<what:path>")
    async def act(request: Request, name: str, what: str) -> HTTPResponse:
        refused = await refusal(name, what, request.json)
        if refused:
            return refused
        line = line_of(name)
        if what == "end":
            line.emit("state", **(_last_state(line) | {"state": "closed", "queue": None}))
        return empty(204)

    app.add_route(widget.serve, "/widget.js", name="widget")
    app.static("/static", widget.SOURCES, name="static")
    return app


def _state(line: Line, **changes: Any) -> dict[str, Any]:
    return {
        "state": "bot", "epoch": 0, "language": line.language, "person": None, "queue": None,
        "ticket": None, "away_until": None,
    } | changes  # fmt: skip


def _last_state(line: Line) -> dict[str, Any]:
    states = [data for kind, data in line.events if kind == "state"]
    return states[-1] if states else _state(line)


def _reply(line: Line, said: str) -> None:
    if said == "/person_wanted":
        line.emit("state", **(_last_state(line) | line.words.waiting))
        line.emit("message", **bot(line.words.handed_on))
    elif said == line.words.question:
        line.emit("message", **line.words.answer)
    else:
        line.emit("message", **bot(line.words.which, buttons=line.words.choices))
