"""`python -m windtunnel`."""

from __future__ import annotations

from windtunnel.cli.main import main

if __name__ == "__main__":
    main()
