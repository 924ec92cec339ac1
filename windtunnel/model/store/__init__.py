"""The store: etcd as a value (store.py), and the process that serves it (server.py)."""
