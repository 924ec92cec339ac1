"""What a service proxy does with the endpoints of a service."""
