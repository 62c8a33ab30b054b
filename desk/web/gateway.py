"""`POST /api/v1/mail`: a mail gateway hands over what has come for the desk, signed.

The signature is that of Standard Webhooks, the same as the desk's own webhooks bear:
https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

import base64
import re
import time

from sanic import Blueprint, HTTPResponse, Request, json

from desk.attachments.spool import NoRoom, Spool
from desk.home import Home
from desk.mail.intake import Intake
from desk.mail.parse import LARGEST
from desk.outbox.webhooks import signature
from desk.services import Services
from desk.web.errors import ApiError, same_token
from desk.web.limits import RateLimit, address_of
from desk.web.uploads import MAX_BODY, no_room, whole_body

blueprint = Blueprint("gateway")

TOLERANCE_S = 300
"""How far a signature's time may lie from ours."""
UNSIGNED_A_MINUTE = 6
"""Bodies that are read from one address before their signature turns out to be wrong."""
_PREFIX = "whsec_"
_SIGNATURE = re.compile(r"v1,[A-Za-z0-9+/]{43}=")


@blueprint.post("/api/v1/mail", stream=True)
async def mail(request: Request) -> HTTPResponse:
    """Take one mail as it came (RFC 5322); once this is answered it is kept, and taken once."""
    services: Services = request.app.ctx.services
    given = services.settings.mail_gateway_secret
    if given is None:
        raise ApiError(404, "not_found")
    message_id, seconds, signatures = _named(request)
    unsigned: RateLimit = request.app.ctx.unsigned_limit
    unsigned.spend(address_of(request), 0)
    raw = await whole_body(request, heard_out=MAX_BODY)
    expected = signature(_secret(given.get_secret_value()), message_id, seconds, raw)
    if not any(same_token(one, expected) for one in signatures):
        unsigned.spend(address_of(request))
        raise ApiError(401, "unauthorised")
    if not raw.strip():
        raise ApiError(400, "invalid_field", field="body")
    if len(raw) > LARGEST:
        raise ApiError(413, "file_too_large", limit=LARGEST // 2**20)
    intake = Intake(services.store, Spool.of(Home(services.settings.home)))
    try:
        made = await intake.take(raw)
    except NoRoom as error:
        raise no_room() from error
    return json({"new": made is not None}, status=202)


def _named(request: Request) -> tuple[str, int, list[str]]:
    """The id and the time that the signature is about, and signatures of which one may be right.

    Raises:
        ApiError: 401 when one is missing, or the time is not now.
    """
    message_id = request.headers.getone("webhook-id", "")
    stamp = request.headers.getone("webhook-timestamp", "")
    seconds = int(stamp) if stamp.isdecimal() and stamp.isascii() and len(stamp) < 12 else 0
    signatures = request.headers.getone("webhook-signature", "").split()
    shaped = any(_SIGNATURE.fullmatch(one) for one in signatures)
    if not message_id or not shaped or abs(time.time() - seconds) > TOLERANCE_S:
        raise ApiError(401, "unauthorised")
    return message_id, seconds, signatures


def _secret(given: str) -> str:
    """As Standard Webhooks write it; operators may set any other text."""
    if given.startswith(_PREFIX):
        return given
    return _PREFIX + base64.b64encode(given.encode()).decode()
