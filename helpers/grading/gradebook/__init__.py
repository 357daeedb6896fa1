"""Verdicts on their way into nbgrader's database and its folder `autograded/`: one writer."""
