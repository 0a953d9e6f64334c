"""The pictures of the docs are what the program prints today, and what its imports are."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest

from tests.pictures import rooms, runs
from tests.pictures.terminal import PLAIN, Screen

ANEW = "make it anew: python -m tests.pictures"


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("build", marks=[pytest.mark.slow, pytest.mark.network]),
        "error",
    ],
)
def test_a_picture_shows_what_is_printed(name: str) -> None:
    kept = (runs.FOLDER / f"{name}.svg").read_text(encoding="utf-8")
    assert runs.PICTURES[name]() == kept, ANEW


def test_the_diagram_shows_the_imports() -> None:
    assert rooms.page() == rooms.PAGE.read_text(encoding="utf-8"), ANEW


@pytest.mark.parametrize("name", runs.PICTURES)
def test_a_picture_is_small_and_needs_nothing_else(name: str) -> None:
    path = runs.FOLDER / f"{name}.svg"
    assert path.stat().st_size < 60_000
    text = path.read_text(encoding="utf-8")
    assert "prefers-color-scheme: dark" in text
    assert text.count("//") == text.count('xmlns="http://www.w3.org/2000/svg"') == 1
    tags = {element.tag.rpartition("}")[2] for element in ET.fromstring(text).iter()}
    assert tags <= {"svg", "title", "desc", "style", "rect", "path", "circle", "text", "tspan"}


def test_a_screen_shows_the_last_of_what_was_drawn() -> None:
    screen = Screen()
    screen.write(
        "\x1b[?25l  a step \x1b[2m0.5 s\x1b[0m\r\x1b[2K  done\r\n\x1b[1mbuilt\x1b[0m it\r\n"
    )
    assert ["".join(char for char, _ in row) for row in screen.rows] == ["  done", "built it", ""]
    assert screen.rows[1][4:6] == [("t", frozenset({"bold"})), (" ", PLAIN)]


def test_an_arrow_that_a_longer_way_implies_is_left_out() -> None:
    arrows = {"a": frozenset("bc"), "b": frozenset("c"), "c": frozenset()}
    assert rooms.reduced(arrows) == {"a": frozenset("b"), "b": frozenset("c"), "c": frozenset()}
