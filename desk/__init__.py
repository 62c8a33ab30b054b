"""acedesk: the bilingual front door and back office of the ACE Account Service Desk."""

from textkit.threads import one_each

__version__ = "0.1.0"

one_each()
