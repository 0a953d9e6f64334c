"""How findings look to a person."""

from __future__ import annotations

import json
import re

from mlpack.core.errors import ModelError, Problem, Related, Span
from mlpack.render.findings import concise, error_text, full
from mlpack.render.structured import github, gitlab, json_text

ANSI = re.compile(r"\x1b\[[0-9;]*m")
TEXT = "mlpack: 1\nname: 模型 x\n\tpython: 3.10\n"


def _span(line: int, column: int, end_column: int, end_line: int | None = None) -> Span:
    return Span(
        file="mlpack.yaml",
        line=line,
        column=column,
        end_line=end_line or line,
        end_column=end_column,
    )


def _full(problem: Problem) -> str:
    return ANSI.sub("", full([problem], lambda name: TEXT if name == "mlpack.yaml" else None))


def test_a_finding_shows_place_excerpt_caret_and_way_out() -> None:
    problem = Problem(
        code="bad-value", message="names are latin", span=_span(2, 7, 9), hint="use a-z"
    )
    assert _full(problem) == (
        "mlpack.yaml:2:7: error[bad-value]: names are latin\n"
        "  |\n"
        "2 | name: 模型 x\n"
        "  |       ^^^^\n"
        "  = help: use a-z\n"
    )


def test_the_caret_stands_right_after_wide_characters_and_tabs() -> None:
    after_wide = _full(Problem(code="c", message="m", span=_span(2, 10, 11)))
    assert after_wide.splitlines()[3] == "  |            ^"
    after_tab = _full(Problem(code="c", message="m", span=_span(3, 2, 8)))
    assert after_tab.splitlines()[2:] == ["3 |     python: 3.10", "  |     ^^^^^^"]


def test_a_span_over_lines_is_marked_to_the_end_of_the_first() -> None:
    found = _full(Problem(code="c", message="m", span=_span(1, 1, 3, end_line=3)))
    assert found.splitlines()[3] == "  | ^^^^^^^^^"


def test_related_places_are_shown_too() -> None:
    related = Related(message="first defined here", span=_span(1, 1, 7))
    found = _full(Problem(code="c", message="m", span=_span(2, 1, 5), related=(related,)))
    assert "  = note: first defined here, at mlpack.yaml:1:1" in found


def test_a_place_without_text_needs_no_excerpt() -> None:
    span = Span(file="gone.yaml", line=1, column=1, end_line=1, end_column=2)
    assert _full(Problem(code="c", message="m", span=span)) == "gone.yaml:1:1: error[c]: m\n"
    assert concise([Problem(code="c", message="m")]).endswith("m\n")


def test_an_error_without_findings_shows_details_and_way_out() -> None:
    error = ModelError("it broke", details="last words\nand more", hint="mend it")
    assert ANSI.sub("", error_text(error, lambda _: None)) == (
        "error: it broke\n  last words\n  and more\n  help: mend it\n"
    )


def test_json_has_the_contracts_keys() -> None:
    problem = Problem(code="c", message="m", span=_span(2, 1, 5), pointer="/name")
    found = json.loads(json_text([problem]))
    assert found["ok"] is False
    assert list(found["problems"][0]) == [
        "code", "severity", "message", "file", "line", "column", "end_line", "end_column",
        "pointer", "hint",
    ]  # fmt: skip
    warning = Problem(code="c", message="m", severity="warning")
    assert json.loads(json_text([warning]))["ok"] is True


def test_an_error_is_a_finding_of_its_own_for_programs() -> None:
    (problem,) = ModelError("it broke", hint="mend it").findings
    assert (problem.code, problem.message, problem.hint) == ("model-failed", "it broke", "mend it")


def test_annotations_escape_what_the_forges_would_misread() -> None:
    problem = Problem(code="c", message="50% of\nall", span=_span(2, 1, 5))
    assert github([problem]) == (
        "::error file=mlpack.yaml,line=2,col=1,endLine=2,endColumn=5,title=c::50%25 of%0Aall\n"
    )
    (record,) = json.loads(gitlab([problem]))
    assert record["location"] == {"path": "mlpack.yaml", "lines": {"begin": 2}}
    assert len(record["fingerprint"]) == 64


def test_a_long_line_is_cut_around_the_token() -> None:
    row = "x" * 500 + "name" + "y" * 500
    text = ANSI.sub(
        "", full([Problem(code="c", message="m", span=_span(1, 501, 505))], lambda _: row)
    )
    shown, caret = text.splitlines()[2:4]
    assert len(shown) < 130
    assert shown.startswith("1 | …xx")
    assert shown.endswith("yy…")
    at = caret.index("^")
    assert shown[at : at + 4] == "name"
    assert caret.count("^") == 4


def test_a_token_longer_than_the_line_is_marked_as_far_as_it_shows() -> None:
    found = Problem(code="c", message="m", span=_span(1, 1, 1001))
    shown, caret = ANSI.sub("", full([found], lambda _: "x" * 1000)).splitlines()[2:4]
    assert shown == "1 | " + "x" * 120 + "…"
    assert caret == "  | " + "^" * 120


def test_accents_on_the_letter_before_take_no_room() -> None:
    # "é" as two characters, and a heart with the mark that makes it an emoji.
    row = "e\u0301: \u2764\ufe0f x"
    found = Problem(code="c", message="m", span=_span(1, 8, 9))
    shown, caret = ANSI.sub("", full([found], lambda _: row)).splitlines()[2:4]
    assert shown.endswith(row)
    assert caret == "  |      ^"


def test_nothing_in_a_file_steers_the_terminal() -> None:
    problem = Problem(
        code="c", message="bad \x1b[31mkey\r", span=_span(1, 1, 2), hint="write \x07 less"
    )
    text = full([problem], lambda _: "\x1b]0;title\x07\u202e")
    assert not set("\x07\r\u202e") & set(text)
    assert text.count("\x1b") == text.count("\x1b[")


def test_a_way_out_of_several_lines_keeps_them() -> None:
    problem = Problem(code="c", message="m", hint="Add these:\npython: '3.11'")
    assert _full(problem).splitlines()[1:] == ["  = help: Add these:", "          python: '3.11'"]


def test_many_findings_read_their_file_once() -> None:
    asked = []

    def source(name: str) -> str:
        asked.append(name)
        return TEXT

    full([Problem(code="c", message="m", span=_span(1, 1, 2))] * 50, source)
    assert asked == ["mlpack.yaml"]
