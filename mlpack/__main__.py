"""The entry point: run a command, and turn whatever ends it into an exit code."""

from __future__ import annotations

import sys
from collections.abc import Callable


def main() -> None:
    """Run the command line and leave with the contract's exit codes."""
    from mlpack.cli.app import app

    sys.exit(_guarded(lambda: app(standalone_mode=False)))


def _guarded(program: Callable[[], object]) -> int:
    import click

    from mlpack.errors import MlpackError

    try:
        result = program()
    except click.exceptions.Exit as leaving:
        return leaving.exit_code
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (KeyboardInterrupt, click.Abort):
        click.echo("\ninterrupted", err=True)
        return 130
    except BrokenPipeError:
        # The reader has gone, as with `| head`: nothing more to say, and nobody to hear it.
        sys.stdout = None  # type: ignore[assignment]
        return 0
    except MlpackError as error:
        return _tell(error)
    except Exception as error:
        return _reported_or_bug(error)
    return result if isinstance(result, int) else 0


def _tell(error: Exception) -> int:
    import click

    from mlpack.cli.actions import source_text
    from mlpack.errors import MlpackError
    from mlpack.render.findings import error_text

    assert isinstance(error, MlpackError)  # noqa: S101 - the caller caught one
    click.echo(error_text(error, source_text), err=True, nl=False)
    return error.exit_code


def _reported_or_bug(error: Exception) -> int:
    import click

    from mlpack.cli.actions import Reported

    if isinstance(error, Reported):
        return error.exit_code
    place = error.__traceback__
    while place is not None and place.tb_next is not None:
        place = place.tb_next
    where = f"{place.tb_frame.f_code.co_name}:{place.tb_lineno}" if place is not None else "?"
    click.echo(
        f"error: a bug in mlpack: {type(error).__name__}: {error} (in {where})\n"
        "  help: please report it with the command that you ran; -v shows the traceback",
        err=True,
    )
    if "-v" in sys.argv or "--verbose" in sys.argv:
        import traceback

        traceback.print_exception(error)
    return 70


if __name__ == "__main__":
    main()
