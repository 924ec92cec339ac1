"""The node lifecycle controller: from the silence of a node to its conditions, its taints, and unready pods."""
