"""Pages: timetable."""
