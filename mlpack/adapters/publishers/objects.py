"""Single objects of a bucket, or files of a folder: read, written in one step, uploaded."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal
from urllib.parse import quote

from mlpack.adapters.sources import failures
from mlpack.core.errors import IntegrityError, OutsideError

if TYPE_CHECKING:
    from obstore.store import ObjectStore

_LONGEST = 64 << 20
"""Bytes of a file that is read into memory: no honest one is longer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A bucket or the file system, and the key that a URI names in it."""

    store: ObjectStore
    prefix: str
    base: str

    def key(self, *parts: str) -> str:
        """Return a key below the target."""
        return "/".join(part for part in (self.prefix, *parts) if part)

    def shown(self, key: str) -> str:
        """Return the URI of a key."""
        return f"{self.base}{quote(key, safe='/+@:~')}"

    def read(self, key: str) -> bytes | None:
        """Return a small file, ``None`` where there is none."""
        import obstore
        from obstore.exceptions import BaseError

        try:
            answer = obstore.get(self.store, key)
            if answer.meta["size"] > _LONGEST:
                raise IntegrityError(f"{self.shown(key)} is too large to be a version's file")
            return bytes(answer.bytes())
        except FileNotFoundError:
            return None
        except (BaseError, OSError, ValueError) as error:
            raise failures.refusal(self.shown(key), error, "be read") from error

    def put(
        self, key: str, content: bytes, *, mode: Literal["create", "overwrite"] = "overwrite"
    ) -> bool:
        """Write a small file in one step; ``False`` where ``create`` finds one there."""
        from obstore.exceptions import AlreadyExistsError

        try:
            self._write(key, content, mode)
        except AlreadyExistsError:
            return False
        return True

    def send(self, key: str, path: Path) -> None:
        """Upload a file, in parts where it is large; readers see it whole or not at all."""
        self._write(key, path, "overwrite")

    def _write(self, key: str, content: bytes | Path, mode: Literal["create", "overwrite"]) -> None:
        import obstore
        from obstore.exceptions import AlreadyExistsError, BaseError

        try:
            obstore.put(self.store, key, content, mode=mode)
        except AlreadyExistsError:
            raise
        except FileNotFoundError as error:
            raise OutsideError(
                f"{self.base} does not exist", hint="create the bucket first, or fix the URI"
            ) from error
        except (BaseError, OSError, ValueError) as error:
            raise failures.refusal(self.shown(key), error, "be written") from error
