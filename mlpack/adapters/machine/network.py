"""The package index as uv reaches it, and this machine's clock against the index's."""

from __future__ import annotations

import re
import tempfile
import time
from dataclasses import dataclass, replace
from email.utils import parsedate_to_datetime
from pathlib import Path

from mlpack.adapters.machine.checks import sentence
from mlpack.adapters.uv import Locations, Uv, failure
from mlpack.adapters.uv.failures import tidy
from mlpack.core import errors
from mlpack.core.redaction import without_credentials
from mlpack.ports.report import Fact

# Every environment has it, so every index that serves a build must.
_ASKED_FOR = "mlflow-skinny"
_PATIENCE = "8"
_DRIFT = 300.0
"""Seconds; certificates and signatures bear no more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexCheck:
    """What became of asking the index; ``url`` is the one that answered, without credentials."""

    fact: Fact
    url: str | None = None

    @classmethod
    def ask(cls, uv: Uv, locations: Locations, *, python: str, offline: bool) -> IndexCheck:
        """Let uv ask the index that it would use in a build, once and for a few seconds.

        uv itself decides which index that is, from its variables and the manifest's.
        """
        if offline or uv.offline:
            return cls(fact=Fact(subject="index", text="not checked: network access is disabled"))
        hurried = {**uv.environ, "UV_HTTP_TIMEOUT": _PATIENCE, "UV_HTTP_RETRIES": "0"}
        started = time.monotonic()
        with tempfile.TemporaryDirectory(prefix="mlpack-doctor-") as name:
            asked = Path(name) / "requirements.in"
            asked.write_text(f"{_ASKED_FOR}\n", encoding="utf-8")
            # A cache of its own: what it says of the index must not depend on uv's.
            hurried["UV_CACHE_DIR"] = f"{name}/cache"
            answer = replace(uv, environ=hurried).run(
                "pip", "compile", "--no-deps", "--no-header",
                "--emit-index-annotation", "--python-version", python, asked,
                locations=locations,
            )  # fmt: skip
        if answer.code == 0:
            found = re.search(r"# from (\S+)", answer.stdout)
            url = without_credentials(found[1]) if found else None
            took = f"in {time.monotonic() - started:.1f} s"
            return cls(fact=Fact(subject="index", text=f"{url or 'it'} responds {took}"), url=url)
        return cls(fact=_refused(answer.stderr))


def _refused(stderr: str) -> Fact:
    if re.search(r"was not found in the (package registry|provided package locations)", stderr):
        text = f"the index responds but does not have {_ASKED_FOR}"
        hint = "Use an index that has MLflow: set UV_DEFAULT_INDEX or `dependencies.index_url`."
        return Fact(
            subject="index",
            text=text,
            code="index-without-mlflow",
            severity="warning",
            hint=hint,
        )
    error = failure(stderr, "asking the index")
    said = [line.strip() for line in tidy(stderr).splitlines() if line.strip()]
    causes = [line for line in said if not line.startswith("hint:")]
    reason = causes[-1].removeprefix("cause: ") if causes else "no reason given"
    return Fact(
        subject="index",
        text=f"{error.message}: {reason}",
        severity="error",
        code="index-unreachable",
        hint=sentence(error.hint) or "Check the network, the proxy and uv's index variables.",
    )


def check_clock(url: str | None) -> Fact:
    """Say whether this machine's time is right, as far as its files and the index tell."""
    now = time.time()
    shown = time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(now))
    hint = "Set the clock: certificate checks depend on it."
    # Files are not written in the future.
    if now < Path(errors.__file__).stat().st_mtime - 86_400:
        text = f"{shown}, which is before mlpack was installed"
        return Fact(subject="clock", text=text, code="wrong-clock", hint=hint, severity="warning")
    there = _their_time(url) if url else None
    if there is None:
        return Fact(subject="clock", text=f"{shown}, not compared with an index")
    off = now - there
    if abs(off) > _DRIFT:
        text = f"{shown}, {abs(off):.0f} s {'ahead of' if off > 0 else 'behind'} the index"
        return Fact(subject="clock", text=text, code="wrong-clock", hint=hint, severity="warning")
    return Fact(subject="clock", text=f"{shown}, in agreement with the index")


def _their_time(url: str) -> float | None:
    import requests

    try:
        # Without credentials: a refusal has a date too.
        answer = requests.head(url, timeout=5, allow_redirects=False)
        return parsedate_to_datetime(answer.headers["Date"]).timestamp()
    except (requests.RequestException, KeyError, ValueError, TypeError):
        return None
