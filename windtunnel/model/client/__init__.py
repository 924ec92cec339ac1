"""The side of whoever talks to an API server: client, watch, reflector, informer, work queue."""
