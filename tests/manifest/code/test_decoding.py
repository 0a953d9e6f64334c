"""What the code decodes is told by the names of its columns, and nothing is guessed."""

from __future__ import annotations

import pytest

from mlpack.manifest.code import decoded_columns


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("base64.b64decode(row['image'])", {"image": "binary"}),
        ("b64decode(row.get('image', ''))", {"image": "binary"}),
        ("table['image'].map(base64.b64decode)", {"image": "binary"}),
        ("table['image'].apply(lambda text: b64decode(text))", {"image": "binary"}),
        ("[b64decode(text) for text in table['image']]", {"image": "binary"}),
        ("[len(b64decode(text)) for text in table['image']]", {"image": "binary"}),
        ("[b64decode(other) for text in table['image']]", {}),
        ("table['image'].map(lambda: 1)", {}),
        ("pd.to_datetime(table['at'], utc=True)", {"at": "datetime"}),
        ("datetime.fromisoformat(table['at'][0])", {"at": "datetime"}),
        ("[open(name) for name in table['image']]", {}),
        ("b64decode(text)", {}),
        ("b64decode(table['image'] + table['tail'])", {}),
        ("b64decode(table[0])", {}),
        ("table['image'].map(decode)", {}),
        ("b64encode(table['image'])", {}),
        ("def (", {}),
    ],
)
def test_a_column_is_known_by_what_decodes_it(source: str, found: dict[str, str]) -> None:
    assert decoded_columns(source) == found
