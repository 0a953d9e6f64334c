"""Models that misbehave."""
