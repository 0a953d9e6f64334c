"""What differs between two packages, in the terms of each kind of file."""
