"""The machine everything runs on: virtual time, coroutines that can be killed, processes, and links between hosts.

Nothing here knows Kubernetes. What may live here: the loop and its agenda, tasks and futures, processes that crash and
restart, the network with its partitions, the one door for deviations (Choices), stable identities and the digest.
"""
