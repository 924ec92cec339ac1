"""The command line: options in, one run of the harness, reports out, and an exit status that says how it went."""
