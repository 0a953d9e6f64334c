"""One module a command: its flags, and what is done with them. `command` is what is called."""
