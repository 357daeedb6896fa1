"""nbgrader's settings: run its commands, or `course lab --instructor`, in this folder.

solutions/ is the source, course/ the release; everything about submissions and grades lies in
grading/, which git ignores.
"""

from pathlib import Path

from nbgrader.converters import Autograde, GenerateAssignment, GenerateFeedback
from nbgrader.preprocessors import ClearSolutions, GetGrades, OverwriteCells

from helpers.authoring.nbgrader_stubs import NamedStubs
from helpers.grading.feedback import HideHiddenTests
from helpers.grading.strays import ForgetStrays

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

# A copied cell must not stop the grading of the whole class.
c.Autograde.sanitize_preprocessors = [
    part
    for step in Autograde().sanitize_preprocessors
    for part in ([step, ForgetStrays] if step is OverwriteCells else [step])
]

# Feedback without the hidden checks, after the grades were read.
c.GenerateFeedback.preprocessors = [
    part
    for step in GenerateFeedback().preprocessors
    for part in ([step, HideHiddenTests] if step is GetGrades else [step])
]

# A chapter may train a network in one cell.
c.Execute.timeout = 180

# Formgrader's panel of settings cannot show classes, and warns.
c.FormgradeExtension.debug = False
