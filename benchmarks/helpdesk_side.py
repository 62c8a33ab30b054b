# /// script
# requires-python = ">=3.13"
# dependencies = ["django==6.1.3", "django-helpdesk==2.6.1", "psycopg[binary]==3.3.9"]
# ///
"""django-helpdesk opening tickets and listing its queue, for benchmarks/tickets.py to stand beside.

    .uv/bin/uv run --script benchmarks/helpdesk_side.py --server DSN --tickets 100000 --open 500

Everything goes through its own code: the form behind its public page, and the query behind its list
of tickets. It sends no mail here, as its templates are taken away, so that it neither renders nor
sends. Prints JSON, times in milliseconds.
"""

import argparse
import json
import logging
import statistics
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from importlib.metadata import version

import django
import psycopg
from django.conf import settings
from django.urls import include, path

NAME = "acedesk_bench_helpdesk"
PAGE = 50
FOLLOW_UPS = 10
START = datetime(2025, 11, 1, 18, tzinfo=UTC)
BODY = "We need another user added to our account, she starts on Monday and runs the reports."

urlpatterns: list[object] = []
"""The addresses, as Django looks for them; they can only be told once it is set up."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--server", required=True, help="DSN of a user who may create databases")
    parser.add_argument("--tickets", type=int, required=True, help="how many there are already")
    parser.add_argument("--open", type=int, required=True, help="how many of them are open")
    parser.add_argument("--count", type=int, default=1000, help="tickets opened in each run")
    parser.add_argument("--tasks", type=int, nargs="+", default=[1, 8], help="threads")
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    with psycopg.connect(options.server, autocommit=True) as server:
        server.execute(f"DROP DATABASE IF EXISTS {NAME} WITH (FORCE)")
        server.execute(f"CREATE DATABASE {NAME}")
        try:
            set_up(options.server)
            fill(options.server, options.tickets, options.open)
            print(json.dumps(measure(options)))
        finally:
            django.db.connections.close_all()
            server.execute(f"DROP DATABASE IF EXISTS {NAME} WITH (FORCE)")


def set_up(server: str) -> None:
    """Django with what django-helpdesk asks for, its connections kept as in production."""
    given = psycopg.conninfo.conninfo_to_dict(server)
    settings.configure(
        DATABASES={
            "default": {
                "ENGINE": "django.db.backends.postgresql",
                "NAME": NAME,
                "HOST": given.get("host", ""),
                "PORT": given.get("port", ""),
                "USER": given.get("user", ""),
                "PASSWORD": given.get("password", ""),
                "CONN_MAX_AGE": None,
            }
        },
        INSTALLED_APPS=[
            "django.contrib.admin", "django.contrib.auth", "django.contrib.contenttypes",
            "django.contrib.sessions", "django.contrib.sites", "django.contrib.messages",
            "django.contrib.humanize", "rest_framework", "helpdesk",
        ],
        TEMPLATES=[
            {"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}
        ],
        ROOT_URLCONF=__name__,
        SECRET_KEY="for measuring only",
        SITE_ID=1,
        HELPDESK_TEAMS_MODE_ENABLED=False,
        USE_TZ=True,
        EMAIL_BACKEND="django.core.mail.backends.dummy.EmailBackend",
        DEFAULT_AUTO_FIELD="django.db.models.AutoField",
        LOGGING_CONFIG=None,
    )  # fmt: skip
    logging.disable(logging.CRITICAL)
    django.setup()
    urlpatterns.append(path("", include("helpdesk.urls", namespace="helpdesk")))
    urlpatterns.append(path("accounts/", include("django.contrib.auth.urls")))

    from django.core.management import call_command

    call_command("migrate", verbosity=0)


def fill(server: str, tickets: int, still_open: int) -> None:
    """Tickets over a year, the last ones open, each with as many lines as the desk's have."""
    from django.contrib.auth import get_user_model
    from helpdesk.models import EmailTemplate, Queue

    EmailTemplate.objects.all().delete()
    user = get_user_model().objects.create_superuser("lead", "lead@example.com", "lead")
    queue = Queue.objects.create(title="Tier II", slug="tier2", allow_public_submission=True)

    def ticket_rows() -> Iterator[tuple[object, ...]]:
        for number in range(1, tickets + 1):
            at = START + timedelta(days=365 * number / tickets)
            status = 1 if number > tickets - still_open else 4
            due = at + timedelta(hours=4)
            yield (
                number, "User to be added", at, at, f"user{number}@example.com", status, False,
                BODY, 1 + number % 5, due, f"{number:036d}", queue.id, user.id,
            )  # fmt: skip

    def follow_up_rows() -> Iterator[tuple[object, ...]]:
        for number in range(1, tickets + 1):
            at = START + timedelta(days=365 * number / tickets)
            for step in range(FOLLOW_UPS):
                yield (number, at + timedelta(minutes=20 * step), "Comment", BODY, True, user.id)

    with psycopg.connect(server, dbname=NAME) as connection, connection.cursor() as cursor:
        with cursor.copy(
            "COPY helpdesk_ticket (id, title, created, modified, submitter_email, status, on_hold, "
            "description, priority, due_date, secret_key, queue_id, assigned_to_id) FROM STDIN"
        ) as copy:
            for row in ticket_rows():
                copy.write_row(row)
        with cursor.copy(
            "COPY helpdesk_followup (ticket_id, date, title, comment, public, user_id) FROM STDIN"
        ) as copy:
            for row in follow_up_rows():
                copy.write_row(row)
        if tickets:
            cursor.execute(
                "SELECT setval(pg_get_serial_sequence('helpdesk_ticket', 'id'), max(id)) "
                "FROM helpdesk_ticket"
            )
    with psycopg.connect(server, dbname=NAME, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")
        connection.execute("CHECKPOINT")


def measure(options: argparse.Namespace) -> dict[str, object]:
    from django.db import transaction

    listed = [listing() for _ in range(options.runs * 3 + 1)][1:]
    opened = {
        f"{kind}, {tasks}": middle(
            [opening(options.count, tasks, around) for _ in range(options.runs)]
        )
        for kind, around in (("as it comes", nullcontext), ("atomic", transaction.atomic))
        for tasks in options.tasks
    }
    return {
        "versions": {name: version(name) for name in ("django-helpdesk", "django", "psycopg")},
        "tickets": options.tickets,
        "open": options.open,
        "listing": statistics.median(listed),
        "statements": statements(),
        "opening": opened,
    }


def open_one() -> None:
    """What its public page does with a submitted form."""
    from helpdesk.forms import PublicTicketForm
    from helpdesk.models import Queue

    form = PublicTicketForm(
        data={
            "queue": Queue.objects.values_list("id", flat=True)[0],
            "title": "User to be added",
            "body": BODY,
            "priority": "3",
            "submitter_email": "ana@example.com",
        }
    )
    if not form.is_valid():
        raise SystemExit(f"the form refuses: {form.errors}")
    form.save(user=None)


def opening(count: int, tasks: int, around: Callable[[], object]) -> tuple[float, float, float]:
    """Tickets a second, p50 and p95."""
    took: list[float] = []
    waiting = iter(range(count))
    lock = threading.Lock()

    def one_thread() -> None:
        with around():
            open_one()  # connects, and is not counted
        while True:
            with lock:
                if next(waiting, None) is None:
                    break
            began = time.perf_counter()
            with around():
                open_one()
            took.append(time.perf_counter() - began)
        django.db.connection.close()

    threads = [threading.Thread(target=one_thread) for _ in range(tasks)]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seconds = time.perf_counter() - began
    return (
        (count + tasks) / seconds,
        statistics.median(took) * 1e3,
        statistics.quantiles(took, n=20)[-1] * 1e3,
    )


def listing() -> float:
    """The first page of the open tickets, as its list asks for it by default."""
    from django.contrib.auth import get_user_model
    from helpdesk.query import get_query_class
    from helpdesk.user import HelpdeskUser

    user = get_user_model().objects.get(username="lead")
    began = time.perf_counter()
    asked = {
        "filtering": {"status__in": [1, 2]},
        "filtering_null": {},
        "sorting": "created",
        "search_string": "",
        "sortreverse": False,
    }
    query = get_query_class()(HelpdeskUser(user), query_params=asked)
    page = query.get_datatables_context(draw=["1"], start=["0"], length=[str(PAGE)])
    seconds = time.perf_counter() - began
    if not page["data"]:
        raise SystemExit("the list is empty")
    return seconds * 1e3


def statements() -> int:
    """How many statements opening one ticket takes."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as captured:
        open_one()
    return len(captured)


def middle(runs: list[tuple[float, float, float]]) -> list[float]:
    return [statistics.median(figures) for figures in zip(*runs, strict=True)]


if __name__ == "__main__":
    main()
