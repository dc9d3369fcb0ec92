"""The line (谁得到): waiting for a time, passing one on, giving way to somebody with care."""
