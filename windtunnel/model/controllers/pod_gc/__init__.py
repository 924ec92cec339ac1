"""The pod garbage collector: pods that nobody else would ever remove."""
