"""The checks that tell a student at once what is wrong and why.

A check asks the student's code a few questions (`probe`), compares the answers with what is
expected (`compare`), and where they differ looks for a known mistake that gives the same answers
(`judge`). What the visible checks compare with is recorded when a chapter is built (`record`).
"""

from helpers.check.checks import Checks
from helpers.check.outcomes import BrokenCheck, StudentMistake

__all__ = ["BrokenCheck", "Checks", "StudentMistake"]
