"""What a package holds: code, artifacts, example files, and how they are laid out."""
