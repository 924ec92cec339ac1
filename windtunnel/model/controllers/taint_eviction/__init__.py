"""The taint eviction controller: drives pods out of nodes with NoExecute taints that they do not tolerate."""
