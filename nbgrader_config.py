"""nbgrader's settings: run its commands, or `course lab --instructor`, in this folder.

solutions/ is the source, course/ the release; everything about submissions and grades lies in
grading/, which git ignores.
"""

from pathlib import Path

from nbgrader.converters import GenerateAssignment, GenerateFeedback
from nbgrader.preprocessors import ClearSolutions, GetGrades

from helpers.authoring.nbgrader_stubs import NamedStubs
from helpers.grading.button import use_engine
from helpers.grading.showing.feedback_page import FeedbackPage
from helpers.grading.showing.harmless import markdown2html
from helpers.grading.showing.hiding import HideHiddenTests
from helpers.grading.showing.inert import MakeInert

here = Path(__file__).resolve().parent
grading = here / "grading"
grading.mkdir(exist_ok=True)  # the gradebook's folder must be there

c = get_config()  # noqa: F821  nbgrader puts it here

c.CourseDirectory.course_id = "neural-networks"
c.CourseDirectory.root = str(here)
c.CourseDirectory.source_directory = "solutions"
c.CourseDirectory.release_directory = "course"
c.CourseDirectory.submitted_directory = "grading/submitted"
c.CourseDirectory.autograded_directory = "grading/autograded"
c.CourseDirectory.feedback_directory = "grading/feedback"
c.CourseDirectory.db_url = f"sqlite:///{(grading / 'gradebook.db').as_posix()}"

# Stubs that name their exercise, as the builder writes them.
c.GenerateAssignment.preprocessors = [
    NamedStubs if step is ClearSolutions else step for step in GenerateAssignment().preprocessors
]

# `nbgrader autograde` and formgrader's button grade as `course grade` does, in its sandbox.
use_engine()

# Feedback without the hidden checks, after the grades were read.
c.GenerateFeedback.preprocessors = [
    part
    for step in GenerateFeedback().preprocessors
    for part in ([step, HideHiddenTests] if step is GetGrades else [step])
]

# What students display is shown, and does not run: on formgrader's pages and on feedback's.
c.HTMLExporter.preprocessors = [MakeInert]
c.HTMLExporter.filters = {"markdown2html": markdown2html}
c.GenerateFeedback.exporter_class = FeedbackPage

# A chapter may train a network in one cell.
c.Execute.timeout = 180

# Formgrader's panel of settings cannot show classes, and warns.
c.FormgradeExtension.debug = False
