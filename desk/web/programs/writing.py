"""What every write of a program has in common: who does it, once, what can go wrong, the audit."""

import hashlib
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from uuid import uuid4

from sanic import Request
from sqlalchemy.ext.asyncio import AsyncSession

from desk.accounts.models import ApiToken
from desk.audit.service import account_reading
from desk.conversations.analysts import Overtaken, Unheard
from desk.conversations.ownership import Ended, Moved, NotOwner
from desk.conversations.service import UnusableMessage
from desk.services import Services
from desk.tickets.ledger import Actor, Conflict, KeyReused, Untimely, Write
from desk.tickets.models import Ticket
from desk.tickets.numbers import parse
from desk.tickets.states import IllegalMove
from desk.tickets.work import NotYours
from desk.web.errors import ApiError

_KEY = re.compile(r"[\x21-\x7e]{1,255}")


def actor(by: ApiToken) -> Actor:
    """The user in whose place a program acts."""
    return Actor(kind="analyst", user_id=by.user_id)


def write_of(
    request: Request,
    by: ApiToken,
    *,
    expected: int | None = None,
    at: datetime | None = None,
    late: str | None = None,
) -> Write:
    """What this request says of its write besides what it does.

    Raises:
        ApiError: 400 when the header `Idempotency-Key` is no key.
    """
    return Write(
        key=write_key(request, by),
        actor=actor(by),
        now=datetime.now(UTC),
        expected=expected,
        at=at,
        late=late,
    )


def write_key(request: Request, by: ApiToken) -> str:
    """A key for the log: the user's own for each `Idempotency-Key`, else a new one.

    Only a hash of the header is kept, since keys stand in the log for good.

    Raises:
        ApiError: 400 when the header is no key.
    """
    given = request.headers.getone("idempotency-key", None)
    if given is None:
        return f"api/{uuid4().hex}"
    if not _KEY.fullmatch(given):
        raise ApiError(400, "invalid_field", field="Idempotency-Key")
    digest = hashlib.sha256(f"{by.user_id}\n{given}".encode()).hexdigest()
    return f"api/{digest[:40]}"


async def existing(session: AsyncSession, number: str) -> Ticket:
    """The ticket that an address names, without its log.

    Raises:
        ApiError: 404.
    """
    ticket_id = parse(number)
    found = None if ticket_id is None else await session.get(Ticket, ticket_id)
    if found is None:
        raise ApiError(404, "no_such_ticket")
    return found


async def account_transcript(services: Services, ticket_id: int, by: ApiToken) -> None:
    """Write down that a program has read what was said about a ticket, once an hour."""
    await account_reading(
        services.store,
        "transcript_exported",
        f"ticket/{ticket_id}",
        by=actor(by),
        now=datetime.now(UTC),
    )


@contextmanager
def refusals(doubtful: str) -> Iterator[None]:
    """Turn what the rooms raise into answers.

    Args:
        doubtful: the field that is wrong when the rest of the body has been checked.
    """
    try:
        yield
    except Conflict as error:
        raise ApiError(409, "changed", state=error.state, version=error.version) from error
    except IllegalMove as error:
        raise ApiError(409, "not_possible", state=error.state) from error
    except NotYours as error:
        raise ApiError(409, "not_yours") from error
    except Unheard as error:
        raise ApiError(409, "unheard") from error
    except NotOwner as error:
        raise ApiError(409, "not_owner") from error
    except Moved as error:
        raise ApiError(409, "moved", epoch=error.epoch) from error
    except Overtaken as error:
        raise ApiError(409, "overtaken", seq=error.seq) from error
    except Ended as error:
        raise ApiError(409, "conversation_over") from error
    except KeyReused as error:
        raise ApiError(422, "key_reused") from error
    except Untimely as error:
        raise ApiError(400, "invalid_field", field="at") from error
    except UnusableMessage:
        raise
    except (LookupError, ValueError) as error:
        raise ApiError(400, "invalid_field", field=doubtful) from error
