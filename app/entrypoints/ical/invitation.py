"""Invitations: one date of a booking as mail programs take it over, change it and take it away again (iTIP, RFC 5546)."""

from __future__ import annotations

from icalendar import Calendar, vCalAddress
from icalendar import Event as Component

from app.entrypoints.ical.writer import PRODUCT, Event, plain_zone
from app.foundation.timespan import local

REQUEST, CANCEL = "REQUEST", "CANCEL"


def invitation(event: Event, organizer: str, attendee: str, attendee_name: str) -> tuple[str, bytes]:
    """The method, and the calendar object of one event. UID and SEQUENCE are the feed's: a repeat replaces the first.

    Each date is an object of its own: an iTIP message speaks of one UID only.
    """
    method = CANCEL if event.status == "CANCELLED" else REQUEST
    whole = Calendar()
    whole.add("prodid", PRODUCT)
    whole.add("version", "2.0")
    whole.add("calscale", "GREGORIAN")
    whole.add("method", method)
    whole.add_component(plain_zone())
    one = Component()
    one.add("uid", event.uid)
    one.add("dtstamp", event.stamp)
    one.add("last-modified", event.stamp)
    one.add("sequence", event.sequence)
    one.add("dtstart", local(event.start))
    one.add("dtend", local(event.end))
    one.add("summary", event.summary)
    one.add("status", event.status)
    one.add("transp", "TRANSPARENT" if method == CANCEL else "OPAQUE")
    for name, text in (("location", event.location), ("description", event.description), ("url", event.url)):
        if text:
            one.add(name, text)
    by = vCalAddress(f"mailto:{organizer}")
    by.params["CN"] = "Gongfang"
    one.add("organizer", by)
    to = vCalAddress(f"mailto:{attendee}")
    to.params["CN"] = attendee_name.replace('"', "'")
    to.params["ROLE"] = "REQ-PARTICIPANT"
    to.params["PARTSTAT"] = "ACCEPTED"
    to.params["RSVP"] = "FALSE"
    one.add("attendee", to)
    whole.add_component(one)
    return method, whole.to_ical()
