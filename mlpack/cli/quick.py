"""A build with nothing to do, answered before anything is imported that takes time."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from mlpack._version import __version__
from mlpack.workspace.cache import cache_root
from mlpack.workspace.stamps import keep_answer, kept_answer

if TYPE_CHECKING:
    from mlpack.cli.session import Session
    from mlpack.report import BuildReport


class QuickAnswer:
    """What a build said when it had nothing to do, while nothing has moved since.

    ``asked`` is all of the command line that decides the answer.
    """

    def __init__(self, session: Session, asked: Iterable[Any]) -> None:
        self._begun = time.time_ns()
        self._cache = str(cache_root())
        here = (os.getcwd(), str(session.directory), *session.files)  # noqa: PTH109 - quicker
        epoch = os.environ.get("SOURCE_DATE_EPOCH", "")
        self._question = (__version__, epoch, *here, "", *map(str, asked))
        # Where manifests are searched for, one that is added moves none of the others.
        named = session.files or ["mlpack.yaml"]
        self._usable = all((session.directory / name).is_file() for name in named)

    def text(self) -> str | None:
        """Return the answer, if there is one that still holds."""
        return kept_answer(self._cache, self._question) if self._usable else None

    def keep(self, reports: Sequence[BuildReport], text: str) -> None:
        """Keep ``text`` for the next time, if nothing was done."""
        if self._usable and all(report.status == "unchanged" for report in reports):
            paths = {path for report in reports for path in report.watched}
            keep_answer(self._cache, self._question, text, paths, begun=self._begun)
