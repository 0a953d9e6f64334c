"""`python -m tests.pictures [NAME…]` makes the pictures of the docs anew: all, or those named."""

from __future__ import annotations

import sys

from tests.pictures import rooms, runs


def main(names: list[str]) -> None:
    """Write the pictures of these names, or all of them."""
    for name in names or ["rooms", "error", "build"]:
        if name == "rooms":
            rooms.PAGE.write_text(rooms.page(), encoding="utf-8")
        else:
            runs.FOLDER.mkdir(exist_ok=True)
            (runs.FOLDER / f"{name}.svg").write_text(runs.PICTURES[name](), encoding="utf-8")


main(sys.argv[1:])
