"""Reports and problems as text, JSON and annotations."""
