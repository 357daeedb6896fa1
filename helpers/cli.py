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


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="neural-networks-course")
def course() -> None:
    """Open, build and repair the course."""


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


def _examine_environment(repair: bool) -> int:
    from helpers.environment import facts, table

    if repair:
        raise click.UsageError("--repair needs the notebook that it is to repair.")
    found = facts(Path.cwd())
    click.echo(table(found))
    return int(any(fact.state == "problem" for fact in found))


if __name__ == "__main__":
    main()
