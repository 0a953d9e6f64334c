"""What every room builds on: errors, digests, child processes, files as they are on disk."""
