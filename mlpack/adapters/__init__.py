"""The outside, a room a kind: uv, indexes, environments, models, remote files, git, the machine."""
