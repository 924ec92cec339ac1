"""The resource quota controller: keeps the status of ResourceQuotas, by which the API server's admission counts."""
