"""Added, removed, changed and renamed files, each named once."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from mlpack.core.digest import Differences, differences

TREES = st.dictionaries(st.sampled_from("abcdefgh"), st.sampled_from(["1", "2", "3"]))


def test_each_kind_is_told_apart() -> None:
    before = {"same": "1", "changed": "2", "gone": "3", "old": "4", "dir/old": "5"}
    after = {"same": "1", "changed": "9", "come": "6", "new": "4", "other/old": "5"}
    found = differences(before, after)
    assert found == Differences(
        added=("come",),
        removed=("gone",),
        changed=("changed",),
        renamed=(("dir/old", "other/old"), ("old", "new")),
    )
    assert found.sentences() == (
        "changed was changed",
        "come was added",
        "gone was removed",
        "dir/old was renamed to other/old",
        "old was renamed to new",
    )


def test_a_copy_is_an_added_file_and_equal_bytes_move_one_by_one() -> None:
    assert differences({"a": "1"}, {"a": "1", "b": "1"}) == Differences(added=("b",))
    found = differences({"a": "1", "b": "1"}, {"c": "1"})
    assert found == Differences(removed=("b",), renamed=(("a", "c"),))


@given(TREES, TREES)
def test_what_is_named_accounts_for_every_difference(
    before: dict[str, str], after: dict[str, str]
) -> None:
    found = differences(before, after)
    rebuilt = {name: digest for name, digest in before.items() if name not in found.removed}
    for old, new in found.renamed:
        rebuilt[new] = rebuilt.pop(old)
    for name in (*found.added, *found.changed):
        rebuilt[name] = after[name]
    assert rebuilt == after
    assert bool(found) == (before != after)
