"""Imports (导入): timetables and busy times from files, looked at before they are applied."""
