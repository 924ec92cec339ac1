"""A whole cluster put together, what can be done to it, and what is kept of a run.

What may live here: the assembly of processes and machines (Cluster), actions and their registry values, scenarios, and
the settling of a cluster. Components live in their own packages; this one only wires them.
"""
