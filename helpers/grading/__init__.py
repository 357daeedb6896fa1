"""From submissions to grades and feedback; for instructors, never imported by a notebook."""
