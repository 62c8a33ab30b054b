"""`/console/mail`: mails in quarantine, and what becomes of them."""

from datetime import UTC, datetime

from sanic import Blueprint, HTTPResponse, Request, redirect

from desk.accounts.models import User
from desk.attachments.spool import ContentGone, Spool
from desk.home import Home
from desk.mail import quarantine
from desk.mail.quarantine import FATES
from desk.services import Services
from desk.web.console.guard import field, page, render_page
from desk.web.downloads import to_save
from desk.web.programs.fields import MAX_ID

blueprint = Blueprint("mail", url_prefix="/console/mail")

_LISTED = 100


@blueprint.get("/")
@page("tickets.work")
async def mails(request: Request, *, user: User) -> HTTPResponse:
    """What waits for somebody to look."""
    services: Services = request.app.ctx.services
    done = request.args.get("done", "")
    async with services.store.read() as session:
        return render_page(
            request,
            user,
            "console/mail",
            mails=await quarantine.quarantined(session, limit=_LISTED),
            count=await quarantine.count(session),
            done=done if done in FATES else "",
        )


@blueprint.post("/lists")
@page("tickets.work")
async def discard_lists(request: Request, *, user: User) -> HTTPResponse:
    """Discard all that was sent to many."""
    services: Services = request.app.ctx.services
    async with services.store.write() as session:
        await quarantine.discard_lists(session, user_id=user.id, now=datetime.now(UTC))
    return redirect("/console/mail/?done=discard", status=303)


@blueprint.post("/<mail_id:int>")
@page("tickets.work")
async def decide(request: Request, *, user: User, mail_id: int) -> HTTPResponse:
    """Let a mail go on its way, or nowhere."""
    services: Services = request.app.ctx.services
    fate = field(request, "fate")
    try:
        if fate not in FATES or mail_id > MAX_ID:
            raise LookupError(fate)
        async with services.store.write() as session:
            await quarantine.decide(session, mail_id, fate, user_id=user.id, now=datetime.now(UTC))
    except LookupError:
        return render_page(request, user, "console/missing", status=404)
    return redirect(f"/console/mail/?done={fate}", status=303)


@blueprint.get("/<mail_id:int>/raw")
@page("attachments.open")
async def as_it_came(request: Request, *, user: User, mail_id: int) -> HTTPResponse:
    """A mail as it came, to be saved and never shown in the page; that it was opened is kept."""
    services: Services = request.app.ctx.services
    spool = Spool.of(Home(services.settings.home))
    try:
        if mail_id > MAX_ID:
            raise LookupError("no database holds such a number")
        async with services.store.write() as session:
            content = await quarantine.open_raw(
                session, spool, mail_id, user_id=user.id, now=datetime.now(UTC)
            )
    except ContentGone:
        return render_page(request, user, "console/mail_gone", status=410)
    except LookupError:
        return render_page(request, user, "console/missing", status=404)
    return to_save(content, f"mail-{mail_id}.eml")
