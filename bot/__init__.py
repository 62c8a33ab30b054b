"""The Rasa assistant of acedesk: it reads language, intents and entities, and asks for a hand-off.

Whichever module of it is imported first, Rasa is made quiet and the libraries that it does not need
here get their stand-ins before Rasa itself is imported.
"""

from textkit.threads import one_each

from bot import quiet, stand_ins

one_each()
quiet.hush()
stand_ins.install()
