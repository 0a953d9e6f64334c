"""A job's steps, run by bash as GitHub runs them, but for those that are actions."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

_EXPRESSION = re.compile(r"\$\{\{ (.*?) \}\}")
_WORD = re.compile(r"'[^']*'|[a-z]+(?:\.[\w-]+)+")


class StepError(Exception):
    """A step ended with another status than 0."""

    def __init__(self, script: str, done: subprocess.CompletedProcess[str]) -> None:
        super().__init__(f"{script}\n{done.stdout}{done.stderr}")
        self.status = done.returncode


class Runner:
    """A checkout, with the programs and the variables of a runner."""

    def __init__(self, checkout: Path, programs: Path) -> None:
        self.checkout = checkout
        self._folder = checkout.parent
        self.output = self._folder / "output"
        self.summary = self._folder / "summary.md"
        self.environment = {
            **os.environ,
            "PATH": f"{programs}:{os.environ['PATH']}",
            "RUNNER_TEMP": str(self._folder / "temp"),
            "GITHUB_ENV": str(self._folder / "env"),
            "GITHUB_PATH": str(self._folder / "path"),
            "GITHUB_OUTPUT": str(self.output),
            "GITHUB_STEP_SUMMARY": str(self.summary),
            "GITHUB_WORKSPACE": str(checkout),
        }

    def run(self, job: Mapping[str, Any], contexts: Mapping[str, str]) -> list[str]:
        """Run the steps of a job that are due; return what each wrote.

        ``contexts`` are the values that expressions can use: ``{"github.ref": "refs/heads/main"}``.
        What the runner has itself stays, such as the caches of all tests. Raises ``StepError``.
        """
        variables = {**_filled(job.get("env", {}), contexts), **self.environment}
        return [
            self._step(step, variables, contexts)
            for step in job["steps"]
            if "run" in step and ("if" not in step or _value(step["if"], contexts))
        ]

    def _step(
        self, step: Mapping[str, Any], variables: Mapping[str, str], contexts: Mapping[str, str]
    ) -> str:
        script = _fill(step["run"], contexts)
        own = _filled(step.get("env", {}), contexts)
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", "-c", script],
            cwd=self.checkout / _fill(step.get("working-directory", "."), contexts),
            env={
                **variables,
                **self._exported(variables),
                **own,
            },
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise StepError(script, done)
        return done.stdout

    def _exported(self, variables: Mapping[str, str]) -> dict[str, str]:
        """Return what earlier steps have left for later ones."""
        pairs = (line.partition("=") for line in _lines(self.environment["GITHUB_ENV"]))
        paths = [*reversed(_lines(self.environment["GITHUB_PATH"])), variables["PATH"]]
        return {**{name: value for name, _, value in pairs}, "PATH": ":".join(paths)}


def _lines(path: str) -> Sequence[str]:
    return Path(path).read_text().splitlines() if Path(path).exists() else ()


def _filled(variables: Mapping[str, str], contexts: Mapping[str, str]) -> dict[str, str]:
    return {name: _fill(str(text), contexts) for name, text in variables.items()}


def _fill(text: str, contexts: Mapping[str, str]) -> str:
    return _EXPRESSION.sub(lambda found: str(_value(found[1], contexts)), text)


def _value(expression: str, contexts: Mapping[str, str]) -> object:
    """Return what an expression says: those of our own pages are Python's, but for their words."""

    def known(found: re.Match[str]) -> str:
        word = found[0]
        return word if word.startswith("'") else repr(contexts.get(word, ""))

    python = _WORD.sub(known, expression).replace("&&", "and").replace("||", "or")
    return eval(python, {"startsWith": str.startswith})
