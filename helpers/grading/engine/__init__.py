"""From bytes to a verdict: a warm process, its forks that run (student) and that check (judge)."""
