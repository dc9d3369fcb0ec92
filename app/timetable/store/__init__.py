"""Rows of the timetable, to values and back, by topic."""
