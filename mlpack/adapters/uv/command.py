"""One call of uv: never a configuration file, never a policy variable, never a prompt."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from mlpack.adapters.uv.failures import cache_failure, failure
from mlpack.adapters.uv.surroundings import Locations, scrubbed, with_cache, with_locations
from mlpack.core.errors import MlpackError, OutsideError
from mlpack.core.redaction import without_credentials

LAST_LINES = 20


def shortened(error: MlpackError, folder: Path | None) -> MlpackError:
    """Return ``error`` with the last lines of its details, and where the whole is, if it is long.

    The whole goes to a new file in ``folder``; without one, or where it cannot be written, the
    details stay as they are.
    """
    lines = (error.details or "").splitlines()
    if folder is None or len(lines) <= LAST_LINES:
        return error
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix="uv-", suffix=".log", dir=folder)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(f"{error.details}\n")
    except OSError:
        return error
    where = f"the full output is in {name}"
    return type(error)(
        error.message,
        hint=f"{error.hint}; {where}" if error.hint else where,
        problems=error.problems,
        details="\n".join(lines[-LAST_LINES:]),
    )


_ALWAYS = ("--no-progress", "--color=never", "--no-python-downloads")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What uv said; ``stderr`` holds no credentials."""

    code: int
    stdout: str
    stderr: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Uv:
    """uv's executable, and the scrubbed environment variables that each call gets."""

    executable: Path
    environ: Mapping[str, str]
    logs: Path | None = None
    """Where the whole of a long error goes."""

    @property
    def offline(self) -> bool:
        """Whether the environment itself forbids the network."""
        return self.environ.get("UV_OFFLINE", "").lower() in {"1", "true", "yes", "on", "t", "y"}

    def run(
        self,
        *args: str | Path,
        cwd: Path | None = None,
        locations: Locations | None = None,
        offline: bool = False,
        configured: bool = False,
    ) -> Answer:
        """Call uv and wait. Raises ``OutsideError`` if it cannot be started or has no cache.

        ``configured``: read the ``pyproject.toml`` of ``cwd``, and no other configuration.
        """
        argv = [str(self.executable), *map(str, args), *_ALWAYS]
        environ = with_locations(self.environ, locations or Locations())
        if configured:
            nowhere = str((cwd or Path()) / "no-configuration")
            environ |= {"XDG_CONFIG_HOME": nowhere, "XDG_CONFIG_DIRS": nowhere}
            environ["UV_NO_SYSTEM_CONFIG"] = "1"
        else:
            argv.append("--no-config")
        if offline:
            argv.append("--offline")
        # Folders such as .venv in the caller's working folder would be taken for meant.
        where = cwd or self.executable.parent
        try:
            done = subprocess.run(
                argv,
                env=environ,
                cwd=where,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                encoding="utf-8",
                errors="replace",
                check=False,
            )
        except OSError as error:
            raise OutsideError(
                f"{self.executable} cannot be started: {error.strerror}", hint=_INSTALL
            ) from error
        if done.returncode and (unusable := cache_failure(done.stderr, environ)):
            raise unusable
        return Answer(
            code=done.returncode, stdout=done.stdout, stderr=without_credentials(done.stderr)
        )

    @property
    def cache(self) -> Path:
        """The folder where uv keeps packages and what indexes said."""
        return Path(self.run("cache", "dir").stdout.strip())

    def check(
        self,
        *args: str | Path,
        doing: str,
        cwd: Path | None = None,
        locations: Locations | None = None,
        offline: bool = False,
    ) -> str:
        """Call uv and return its standard output; its failure is raised by kind.

        ``doing`` completes "uv failed while …".
        """
        answer = self.run(*args, cwd=cwd, locations=locations, offline=offline)
        if answer.code:
            raise self.failed(answer, doing)
        return answer.stdout

    def failed(self, answer: Answer, doing: str) -> MlpackError:
        """Return the error for an answer; a long one is cut, and kept whole in ``logs``."""
        return shortened(failure(answer.stderr, doing), self.logs)


_INSTALL = "install it into mlpack's environment with `pip install uv`"


def find_uv(environ: Mapping[str, str] | None = None) -> Uv:
    """Return the uv that mlpack depends on, else the one on PATH.

    Raises ``OutsideError`` where there is neither.
    """
    known = os.environ if environ is None else environ
    executable = _packaged_uv() or shutil.which("uv", path=known.get("PATH"))
    if executable is None:
        raise OutsideError(
            "uv is not installed, but mlpack needs it to resolve dependencies", hint=_INSTALL
        )
    return Uv(executable=Path(executable).absolute(), environ=with_cache(scrubbed(known)))


def _packaged_uv() -> str | None:
    try:
        from uv import find_uv_bin

        return str(find_uv_bin())
    except (ImportError, FileNotFoundError):
        return None
