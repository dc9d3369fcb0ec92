"""Lessons: timetables of every usual layout read into one value; what cannot be read is named by row, never guessed."""
