"""The `course` command: thin, every command in it is a function elsewhere."""

from __future__ import annotations

import click


@click.group()
def main() -> None:
    """Run, build and repair the course."""


@main.command()
@click.option("--check", is_flag=True, help="Say what is stale; write nothing, start no kernel.")
@click.argument("chapters", nargs=-1, metavar="[CHAPTER]...")
def build(chapters: tuple[str, ...], check: bool) -> None:
    """Write the notebooks of the chapters (all by default) from their lessons."""
    from helpers.authoring.build import build_command

    raise SystemExit(build_command(list(chapters), check))


@main.command()
@click.option("--repair", is_flag=True, help="Restore what was deleted, copied or retyped.")
@click.argument("notebook")
def doctor(notebook: str, repair: bool) -> None:
    """Say what is wrong with a notebook and what to do about it."""
    from helpers.authoring.doctor import doctor_command

    raise SystemExit(doctor_command(notebook, repair))


if __name__ == "__main__":
    main()
