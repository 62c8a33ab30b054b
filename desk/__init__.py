"""acedesk: the bilingual front door and back office of the ACE Account Service Desk."""

__version__ = "0.1.0"
