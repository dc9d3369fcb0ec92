"""The grid (时间表): when units are free, as a grid, a term's timetable, a list for this moment, a screen at the door."""
