"""Rules that no schema can state: between keys, files and code."""
