"""Uploaded calendars: the gate between bytes that anybody may send and entries that can be planned with.

Only entries and only the properties that matter pass; they are read by the icalendar library from bytes, never from text
that it might take for a file's name, and its own words about a bad file are never repeated. Repetition is worked out by
`booking.rules.repeats`; recurring-ical-events only joins the times so found with what was changed or left out of them.
"""
