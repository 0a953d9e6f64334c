"""Which sentence speaks for which schema keyword."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from mlpack.document import Document
from mlpack.schema import keys, missing, values
from mlpack.schema.findings import Finding

_Sentence = Callable[[Any, Document, dict[str, Any]], Iterator[Finding]]

_SENTENCES: dict[str | None, _Sentence] = {
    "additionalProperties": keys.unknown_keys,
    "const": values.bad_value,
    "dependencies": missing.dependent_keys,
    "enum": values.bad_value,
    "exclusiveMinimum": values.limit,
    "maxItems": values.limit,
    "maxLength": values.limit,
    "maximum": values.limit,
    "minItems": values.limit,
    "minLength": values.limit,
    "minProperties": values.limit,
    "minimum": values.limit,
    "not": keys.forbidden,
    "oneOf": keys.one_of_keys,
    "pattern": values.bad_format,
    "required": missing.missing_keys,
    "type": values.wrong_type,
    "uniqueItems": values.limit,
}


def findings(error: Any, document: Document, schema: dict[str, Any]) -> Iterator[Finding]:
    """Yield what one ``jsonschema.ValidationError`` means."""
    sentence = _SENTENCES.get(error.validator, values.other)
    yield from sentence(error, document, schema)
