"""`/console/search`: tickets by number, requester, or any words of theirs."""

from collections.abc import Sequence
from datetime import UTC, datetime
from urllib.parse import urlencode

from sanic import Blueprint, HTTPResponse, Request

from desk.accounts.models import User
from desk.accounts.service import names
from desk.conversations import search
from desk.messages import catalogue
from desk.services import Services
from desk.tickets.service import pressing
from desk.web.console.guard import page, page_language, render_page
from desk.web.console.queues import page_number
from desk.web.console.rows import Row
from textkit.normalise import plain, printable

blueprint = Blueprint("search", url_prefix="/console")

_PAGE = 20
_BEFORE, _AFTER = 60, 180
"""Characters of a text that are shown around the first word that was found."""
_LONGEST = 200


@blueprint.get("/search")
@page("tickets.read")
async def results(request: Request, *, user: User) -> HTTPResponse:
    """What was found, the newest first, each with the words where they stand."""
    services: Services = request.app.ctx.services
    now = datetime.now(UTC)
    typed = printable(request.args.get("q", "")).strip()[:_LONGEST]
    wanted = search.read(typed)
    number = page_number(request)
    async with services.store.read() as session:
        ids = await search.found(session, wanted)
        last = max(1, -(-len(ids) // _PAGE))
        number = min(number, last)
        rows = await search.shown(session, wanted, ids[(number - 1) * _PAGE : number * _PAGE])
        kept = await pressing(session, [ticket for ticket, _, _ in rows])
        people = await names(session)
    return render_page(
        request,
        user,
        "console/search",
        q=typed,
        query=urlencode({"q": typed}),
        rows=[
            (
                Row(ticket, kept[ticket.id], now, conversation=conversation),
                place,
                snippet(place.text, wanted.words),
            )
            for ticket, conversation, place in rows
        ],
        size=len(ids),
        most=search.MOST,
        page=number,
        last=last,
        people=people,
        promises=catalogue(page_language(request, user))["explain"]["metrics"],
    )


def snippet(text: str, words: Sequence[str]) -> list[tuple[str, bool]]:
    """A part of a text in pieces, and of each whether it is one of the words.

    Args:
        words: as `textkit.normalise.fold` levels them.
    """
    levelled = plain(text)
    spans = sorted(
        levelled.span(at, at + len(word)) for word in words for at in _places(levelled.text, word)
    )
    first = spans[0][0] if spans else 0
    start = max(0, first - _BEFORE)
    end = min(len(text), first + _AFTER)
    if start:
        # Words are not cut in two.
        start = text.find(" ", start, first) + 1 or start
    if end < len(text):
        end = max(text.rfind(" ", first, end), first + 1)
    pieces: list[tuple[str, bool]] = [("…", False)] if start else []
    at = start
    for begin, stop in spans:
        if begin < at or stop > end:
            continue
        pieces += [(text[at:begin], False), (text[begin:stop], True)]
        at = stop
    pieces += [(text[at:end], False), ("…" if end < len(text) else "", False)]
    return [piece for piece in pieces if piece[0]]


def _places(text: str, word: str) -> list[int]:
    found, at = [], text.find(word)
    while at >= 0:
        found.append(at)
        at = text.find(word, at + len(word))
    return found
