"""The Sanic application: public API, widget, console."""
