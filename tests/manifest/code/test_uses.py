"""What the code asks its context for."""

from __future__ import annotations

import textwrap

from mlpack.manifest.code import parse


def _uses(body: str) -> list[tuple[str, str | None, str, bool]]:
    text = "class M(PythonModel):\n" + textwrap.indent(textwrap.dedent(body), "    ")
    facts = parse(text, file="m.py", module="m")
    assert facts.mistake is None
    return [(use.holder, use.key, use.how, use.conditional) for use in facts.uses]


def test_literal_keys_are_found_in_every_spelling() -> None:
    assert _uses(
        """
        def load_context(self, c):
            a = c.artifacts["a"]
            b = c.artifacts.get("b")
            d = c.model_config.get("d", 1)
            config = c.model_config
            config["e"]
            if "f" in c.artifacts:
                c.artifacts["f"]
            if flag:
                c.artifacts["g"]
            self.context = c
            self.context.model_config["h"]
        """
    ) == [
        ("artifacts", "a", "item", False),
        ("artifacts", "b", "get", False),
        ("model_config", "d", "get-default", False),
        ("model_config", "e", "item", False),
        ("artifacts", "f", "contains", True),
        ("artifacts", "f", "item", True),
        ("artifacts", "g", "item", True),
        ("artifacts", None, "opaque", False),
        ("model_config", None, "opaque", False),
        ("model_config", "h", "item", False),
    ]


def test_what_goes_elsewhere_may_be_used_there() -> None:
    assert _uses(
        """
        def load_context(self, context):
            self.paths = context.artifacts
            context.artifacts[name]
            for key in context.model_config.items(): pass
            setup(context)
        """
    ) == [
        ("artifacts", None, "opaque", False),
        ("artifacts", None, "opaque", False),
        ("model_config", None, "opaque", False),
        ("artifacts", None, "opaque", False),
        ("model_config", None, "opaque", False),
    ]


def test_a_context_passed_within_the_module_is_followed() -> None:
    assert _uses(
        """
        def load_context(self, context):
            self._load(context)
        def _load(self, context):
            context.artifacts["a"]
        """
    ) == [("artifacts", "a", "item", False)]
