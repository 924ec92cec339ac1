"""What things cost, measured in one run: `python -m benchmarks` (or `make bench`).

Ratios taken in one run hold better than absolute times, which depend on the machine and on whoever else uses it.
Nothing here is asserted anywhere.
"""
