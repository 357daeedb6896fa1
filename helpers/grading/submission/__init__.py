"""Submissions on their way in: found, read, and rebuilt from the instructor's own cells."""
