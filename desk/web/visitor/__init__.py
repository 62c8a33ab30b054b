"""`/api/v1/conversations`: what the widget speaks, one module a concern."""

from desk.web.visitor import conversations, feedback, files, stream, transcript

BLUEPRINTS = tuple(
    module.blueprint for module in (conversations, stream, files, feedback, transcript)
)
