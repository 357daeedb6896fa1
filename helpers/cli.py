"""The `course` command: thin, every command in it is a function elsewhere.

Exit codes: 0 all is well, 1 something was found (a stale notebook, a problem), 2 a mistake in
the call or of the machine, in one sentence, 130 interrupted.
"""

from __future__ import annotations

import errno
import sys
from collections.abc import Sequence
from pathlib import Path

import click

from helpers.errors import CourseError

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command and exit; `arguments` are the command line's by default."""
    sys.exit(_outcome(arguments))


def _outcome(arguments: Sequence[str] | None) -> int:
    _spare_a_grammar()
    try:
        code = course.main(arguments, prog_name="course", standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        return 2
    except (CourseError, click.ClickException) as error:
        message = error.format_message() if isinstance(error, click.ClickException) else str(error)
        click.echo(f"course: {message}", err=True)
        return 2
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        click.echo(f"course: The disk is full: make room and try again ({error}).", err=True)
        return 2
    except (click.Abort, KeyboardInterrupt):
        return 130
    return code if isinstance(code, int) else 0


def _spare_a_grammar() -> None:
    """jsonschema would load a grammar of addresses, which takes two seconds: more than half of
    what JupyterLab needs to start.  No address of another alphabet is ever asked about."""
    sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="neural-networks-course")
def course() -> None:
    """Open, build and repair the course; collect, grade and report what students hand in."""


@course.command(context_settings={"ignore_unknown_options": True})
@click.option("--instructor", is_flag=True, help="With the grading tools, on the whole course.")
@click.option("--no-browser", is_flag=True, help="Print the address instead of opening it.")
@click.option("--port", type=click.IntRange(1, 65535), help="Fail if it is in use.")
@click.argument("jupyter_args", nargs=-1, type=click.UNPROCESSED)
def lab(
    instructor: bool, no_browser: bool, port: int | None, jupyter_args: tuple[str, ...]
) -> None:
    """Open JupyterLab on the chapters.

    Everything else on the line goes to JupyterLab as it is.
    """
    from helpers.lab import lab_command

    lab_command(instructor, not no_browser, port, jupyter_args)


@course.command()
@click.option("--check", is_flag=True, help="Only say what is stale; needs no kernel.")
@click.argument("chapters", nargs=-1, metavar="[CHAPTER]...")
def build(chapters: tuple[str, ...], check: bool) -> int:
    """Write the notebooks of the chapters (all by default) from their lessons."""
    from helpers.authoring.build import build_command

    return build_command(list(chapters), check)


@course.command()
@click.option("--repair", is_flag=True, help="Restore what was deleted, copied or retyped.")
@click.argument("notebook", required=False, type=click.Path(path_type=Path))
def doctor(notebook: Path | None, repair: bool) -> int:
    """Say what is wrong with a notebook, or with the environment, and what to do."""
    if notebook is None:
        return _examine_environment(repair)
    from helpers.authoring.doctor import doctor_command

    return doctor_command(str(notebook), repair)


@course.command()
@click.option("--chapter", help="The chapter, where they do not say it; others are refused.")
@click.option("--replace", is_flag=True, help="Put an earlier submission aside; none is lost.")
@click.argument("archives", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True))
def collect(archives: tuple[Path, ...], chapter: str | None, replace: bool) -> int:
    """File what was handed in: the zip files of Moodle or Canvas, or folders.

    Students are known by the number that Moodle or Canvas gives. Other zip files and folders hold
    STUDENT/CHAPTER.ipynb, STUDENT/CHAPTER/CHAPTER.ipynb or STUDENT.ipynb. Nothing is overwritten;
    what is refused is named with the reason, and the exit code is then 1.
    """
    from helpers.grading.collect import collect_command

    return collect_command(archives, chapter, replace)


@course.command()
@click.option(
    "--submitted", type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="The submissions' folder; the course's own by default.",
)  # fmt: skip
@click.option("--student", "students", multiple=True, help="Only this one; may be repeated.")
@click.option("--workers", type=click.IntRange(1), help="At once; by default one for each core.")
@click.option("--scheduler", metavar="URL", help="Grade on a Dask cluster: tcp://...")
@click.option("--again", is_flag=True, help="Also what has been graded and has not changed.")
@click.option("--unsafe", is_flag=True, help="Without a sandbox, with all your rights.")
@click.argument("chapter")
def grade(
    chapter: str, submitted: Path | None, students: tuple[str, ...], workers: int | None,
    scheduler: str | None, again: bool, unsafe: bool,
) -> int:  # fmt: skip
    """Grade the submissions of a chapter in a sandbox; run again, it goes on where it stopped."""
    from helpers.grading.run import grade_command

    return grade_command(
        chapter, submitted=submitted, students=students, workers=workers,
        scheduler=scheduler, again=again, unsafe=unsafe,
    )  # fmt: skip


@course.command()
@click.argument("chapter")
def report(chapter: str) -> int:
    """Say what the class understood of a chapter: a page, tables."""
    from helpers.grading.report import report_command

    return report_command(chapter)


@course.command()
@click.option(
    "--format", "kind", type=click.Choice(["csv", "canvas", "moodle"]), default="csv",
    help="A row for each student and question (csv), or what Canvas or Moodle imports.",
)  # fmt: skip
@click.option("-o", "--output", type=click.Path(path_type=Path), help="A file; - prints it.")
@click.argument("chapter")
def export(chapter: str, kind: str, output: Path | None) -> int:
    """Write the grades of a chapter, question by question."""
    from helpers.grading.export import export_command

    return export_command(chapter, kind, output)


@course.command()
@click.option("--student", "students", multiple=True, help="Only this one; may be repeated.")
@click.argument("chapter")
def feedback(chapter: str, students: tuple[str, ...]) -> int:
    """Write the feedback pages of a chapter that are out of date."""
    from helpers.grading.feedback import feedback_command

    return feedback_command(chapter, students)


def _examine_environment(repair: bool) -> int:
    from helpers.environment import Fact, facts, table
    from helpers.grading.sandbox.walls import missing

    if repair:
        raise click.UsageError("--repair needs the notebook that it is to repair.")
    lacks = missing()
    told = " ".join([*lacks, "Only grading needs it."]) if lacks else "ready: course grade is safe"
    found = [*facts(Path.cwd()), Fact("sandbox", told, "missing" if lacks else "ok")]
    click.echo(table(found))
    return int(any(fact.state == "problem" for fact in found))


if __name__ == "__main__":
    main()
