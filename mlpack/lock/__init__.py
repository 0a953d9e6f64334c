"""What is pinned, how it is written down, and when it is stale."""
