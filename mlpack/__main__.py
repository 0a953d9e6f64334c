"""The entry point: run a command, and turn whatever ends it into an exit code."""

from __future__ import annotations

import gc
import os
import signal
import sys
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from mlpack.core.errors import MlpackError


# What leaves something to do at the end: buffers, threads, processes, temporary folders.
_TIDYING = frozenset({"concurrent.futures", "logging", "multiprocessing", "tempfile"})


def main() -> None:
    """Run the command line and leave with the contract's exit codes."""
    # Starting allocates much and frees nothing: looking for cycles in it takes a twentieth of it.
    gc.set_threshold(100_000, 10, 10)
    # Whoever asks politely gets what Ctrl-C gives: nothing half-done, and no child left.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    _leave(_exit_code())


def _leave(code: int) -> NoReturn:
    """End the program, at once where nothing waits to be tidied up.

    Python takes each module apart before it ends, and for a quick command that is an eighth of it.
    """
    if not _TIDYING & sys.modules.keys():
        try:
            for stream in (sys.stdout, sys.stderr):
                if stream is not None:
                    stream.flush()
        except OSError:
            sys.exit(code)
        os._exit(code)
    sys.exit(code)


def _exit_code() -> int:
    if (line := os.environ.get("_MLPACK_COMPLETE")) is not None:
        return _complete(line)
    import typer

    from mlpack.cli.app import app
    from mlpack.core.errors import MlpackError, outside_error

    try:
        result = app(standalone_mode=False)
    except (typer.Abort, KeyboardInterrupt):
        return 130
    except MlpackError as error:
        return _tell(error)
    except BrokenPipeError:
        # The reader has gone, as with `| head`: nothing more to say, and nobody to hear it.
        sys.stdout = None
        return 0
    except OSError as error:
        refused = outside_error(error)
        return _other(error) if refused is None else _tell(refused)
    except Exception as error:
        return _other(error)
    # Interrupted, typer answers with the code itself.
    return result if isinstance(result, int) else 0


def _complete(line: str) -> int:
    """Answer a shell that asks what may follow; it has no room for errors."""
    from mlpack.cli.app import app
    from mlpack.cli.completion import answer

    try:
        sys.stdout.write(answer(app, line))
    except Exception:
        return 1
    return 0


def _tell(error: MlpackError) -> int:
    import typer

    from mlpack.cli.answers import source_text
    from mlpack.render.findings import error_text

    typer.echo(error_text(error, source_text), err=True, nl=False)
    return error.exit_code


def _other(error: Exception) -> int:
    """Answer a wrong command line, findings already written, or a bug."""
    show, code = getattr(error, "show", None), getattr(error, "exit_code", None)
    if isinstance(code, int):
        if callable(show):
            show()
        return code
    _tell_bug(error)
    return 70


def _tell_bug(error: Exception) -> None:
    import typer

    if "-v" in sys.argv or "--verbose" in sys.argv:
        import traceback

        traceback.print_exception(error)
    place = error.__traceback__
    while place is not None and place.tb_next is not None:
        place = place.tb_next
    where = f"{place.tb_frame.f_code.co_name}:{place.tb_lineno}" if place is not None else "?"
    from mlpack.core.redaction import without_credentials

    said = without_credentials(f"{type(error).__name__}: {error}")
    typer.echo(
        f"error: internal error in mlpack: {said} (in {where})\n"
        "  help: please report this with the command that you ran; -v shows the traceback",
        err=True,
    )


if __name__ == "__main__":
    main()
