"""acedesk: the bilingual front door and back office of the ACE Account Service Desk."""

from textkit.threads import one_each

one_each()
