"""Timetable (时间): terms, class periods, opening hours, closures: when something may be used."""
