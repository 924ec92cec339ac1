"""What selectors, services and nodes mean, defined a second time and independently of the model.

A promise must not be checked with the very code that it is about. What lives here is written for plainness, not for
speed, and imports nothing of the model but its views and quantities.
"""
