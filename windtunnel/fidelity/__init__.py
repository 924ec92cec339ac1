"""The fidelity page: what of Kubernetes is modelled, how that is known, what is simplified, and what is not there.

Nothing of it is written by hand twice. What a component does and what it leaves out is read from the docstring of its
module (docstrings), the numbers come from running the conformance cases that concern it (tags, evidence), and what
Kubernetes has beside that is one list of names (kubernetes). `page` puts it together; `windtunnel fidelity` prints it.
"""
