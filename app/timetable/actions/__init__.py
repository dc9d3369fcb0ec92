"""What people can do with the timetable, by topic."""
