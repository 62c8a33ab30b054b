"""What bodies and queries of programs are made of, and how they are read."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Annotated, Any, Literal, get_origin

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import CoreSchema, core_schema
from sanic import Request

from desk.tickets import triage
from desk.tickets.numbers import parse
from desk.web.errors import ApiError
from textkit.normalise import printable

MAX_ID = 2**31 - 1
MAX_PAGE = 200
_YEARS = range(2000, 2100)


class OneOf:
    """One of these codes."""

    def __init__(self, codes: Iterable[str]) -> None:
        self.codes = list(codes)

    def __get_pydantic_core_schema__(self, _source: Any, _handler: Any) -> CoreSchema:
        return core_schema.literal_schema(self.codes)


def _in_our_time(at: datetime) -> datetime:
    if at.year not in _YEARS:
        raise ValueError("no time of this desk")
    return at.astimezone(UTC)


def _ticket_id(number: str) -> int:
    found = parse(number)
    if found is None:
        raise ValueError("no number of a ticket")
    return found


Instant = Annotated[AwareDatetime, AfterValidator(_in_our_time)]
Words = Annotated[str, Field(max_length=8000), AfterValidator(printable)]
Short = Annotated[str, Field(max_length=255), AfterValidator(printable)]
TicketNumber = Annotated[str, Field(max_length=40), AfterValidator(_ticket_id)]
"""As people type it; the ticket's id once it is read."""
Address = Annotated[str, Field(max_length=255, pattern=r"^[^\s@\x00]+@[^\s@\x00]+$")]
"""E-mail address of a user of the console."""
Language = Literal["en", "es"]
Category = Annotated[str, OneOf(triage.categories())]
Group = Annotated[str, OneOf(triage.groups())]


class Body(BaseModel):
    """A body that holds nothing but what is described."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Query(BaseModel):
    """A query that holds nothing but what is described."""

    model_config = ConfigDict(extra="forbid")


class PageQuery(Query):
    """Which part of a list."""

    limit: int = Field(50, ge=1, le=MAX_PAGE)
    cursor: str | None = None
    """`next` of the page before."""


def query_of[Asked: Query](request: Request, model: type[Asked]) -> Asked:
    """The request's query; a parameter that is no list may be given once.

    Raises:
        ApiError: 400 when a parameter is unknown or wrong.
    """
    given: dict[str, Any] = {}
    for name, values in request.get_args(keep_blank_values=True).items():
        known = model.model_fields.get(name)
        listed = known is not None and get_origin(known.annotation) is tuple
        if len(values) > 1 and not listed:
            raise ApiError(400, "invalid_field", field=name)
        given[name] = values if listed else values[0]
    try:
        return model.model_validate(given)
    except ValidationError as error:
        raise ApiError(400, "invalid_field", field=str(error.errors()[0]["loc"][0])) from error
