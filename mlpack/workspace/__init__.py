"""The disk while a build runs: staging, atomic moves, the cache folder."""
