"""Rules of the outbox: what a message is, which way it goes out, and when it is tried again."""

from app.outbox.rules.letter import Letter as Letter
