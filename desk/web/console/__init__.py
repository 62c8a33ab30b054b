"""`/console`: what analysts work with, a module for each page."""

from desk.web.console import account, bulk, figures, queue_stream, queues, sign_in, ticket

BLUEPRINTS = tuple(
    module.blueprint for module in (sign_in, account, queues, queue_stream, bulk, ticket, figures)
)
