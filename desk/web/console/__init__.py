"""`/console`: what analysts work with, a module for each page."""

from desk.web.console import account, bulk, figures, queue_stream, queues, search, sign_in, ticket

BLUEPRINTS = tuple(
    module.blueprint
    for module in (sign_in, account, search, queues, queue_stream, bulk, ticket, figures)
)
