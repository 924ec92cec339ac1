"""One module per area of the conformance tables: `run(case)` says what differs, `needs(case)` what is missing."""
