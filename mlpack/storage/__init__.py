"""The disk: a content-addressed store, remembered digests, atomic moves, locks, the cache."""
