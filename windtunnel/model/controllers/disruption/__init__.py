"""The disruption controller: keeps the status of PodDisruptionBudgets, by which evictions are allowed."""
