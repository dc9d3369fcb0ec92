"""Imports: what a timetable changes against what stands already, decided once for the preview and for applying it."""
