"""Command lines as words, JSON quoted or not, and the flags in them."""

from __future__ import annotations

import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlpack.authoring.importers.command_lines import command_lines, command_words
from mlpack.authoring.importers.packager_flags import packaging_commands, read_flags


@pytest.mark.parametrize(
    ("text", "config"),
    [
        ('--model-config-json \'{"organism": "human"}\'', {"organism": "human"}),
        ('--model-config-json {"organism":"human"}', {"organism": "human"}),
        (
            '--model-config-json {"organism": "human", "n": [1, 2]}',
            {"organism": "human", "n": [1, 2]},
        ),
        ('--model-config-json={"organism":"human"}', {"organism": "human"}),
        ('--model-config-json="{\\"organism\\": \\"human\\"}"', {"organism": "human"}),
        ('--model-config-json {"a":{"b":"}"},"c":"{"}', {"a": {"b": "}"}, "c": "{"}),
        ('--model-config-json {"a":"it\'s"}', {"a": "it's"}),
        ('--model-config-json {"a":"say \\"x\\""}', {"a": 'say "x"'}),
        ("--model-config-json {}", {}),
    ],
)
def test_a_configuration_is_read_quoted_or_not(text: str, config: dict[str, object]) -> None:
    flags = read_flags(
        command_words(f"python package.py --model-class m:C {text} --skip-inference")
    )
    assert flags.model_config == config
    assert flags.skip_inference
    assert flags.left == ()


@given(st.lists(st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=10)))
def test_quoted_words_come_back(words: list[str]) -> None:
    kept = [word for word in words if word]
    assert command_words(shlex.join(kept)) == tuple(kept)


def test_lines_go_on_after_a_backslash_and_comments_are_left_out() -> None:
    text = "#!/bin/sh\n# packs it\npython p.py \\\n  --model-class a:C \\\n  --artifact w=x # yes\n"
    assert command_words(text)[2:] == ("--model-class", "a:C", "--artifact", "w=x")


@pytest.mark.parametrize("text", ["--a 'x", '--a "x', '--a {"x": 1'])
def test_what_is_never_closed_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="never closed"):
        command_words(text)


def test_every_flag_is_read() -> None:
    flags = read_flags(
        command_words(
            "--model-class m.n:C --artifact a=x/y --artifact=b=z=1 --model-tag t=u --model-tag e= "
            "--json-payload-filepath p.json --artifact-dir-path out"
        )
    )
    assert flags.model_class == "m.n:C"
    assert flags.artifacts == {"a": "x/y", "b": "z=1"}
    assert flags.tags == {"t": "u", "e": ""}
    assert (flags.payload, flags.output, flags.skip_inference) == ("p.json", "out", False)


@pytest.mark.parametrize(
    ("text", "what", "why"),
    [
        ("--gpu-count 2", "--gpu-count 2", "no such argument"),
        ("--fast --model-class a:B", "--fast", "no such argument"),
        ("--artifact weights", "--artifact weights", "not a NAME=VALUE pair"),
        ("--artifact a=x --artifact a=y", "--artifact a=y", "given twice"),
        ("--model-class a:B --model-class c:D", "--model-class c:D", "given twice"),
        ("--model-config-json [1]", "--model-config-json [1]", "a mapping"),
        ("--model-config-json nope", "--model-config-json nope", "not valid JSON"),
        ('--model-config-json {"a":NaN}', '--model-config-json {"a":NaN}', "NaN"),
        ("--model-class", "--model-class", "its value is missing"),
    ],
)
def test_what_cannot_be_read_is_named(text: str, what: str, why: str) -> None:
    left = read_flags(command_words(text)).left
    assert [entry.what for entry in left] == [what]
    assert why in left[0].why


def test_quotes_that_the_shell_took_are_missed() -> None:
    left = read_flags(["--model-config-json", "{organism:human}"]).left
    assert "quotes" in left[0].why


def test_a_script_may_hold_several_commands() -> None:
    lines = command_lines(
        "cd models && python p.py --model-class a:A --artifact w=1\n"
        "python p.py --model-class a:B; echo done\n"
    )
    commands = packaging_commands(lines)
    assert [read_flags(command).model_class for command in commands] == ["a:A", "a:B"]
    assert [read_flags(command).left for command in commands] == [(), ()]
