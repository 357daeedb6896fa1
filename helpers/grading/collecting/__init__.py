"""What `course collect` does, step by step: entries → names → notebooks → filing."""
