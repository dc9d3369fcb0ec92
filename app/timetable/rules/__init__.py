"""Decisions of the timetable, by topic."""
