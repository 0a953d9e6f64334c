"""The story of each command, told with ports."""
