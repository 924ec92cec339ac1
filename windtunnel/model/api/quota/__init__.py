"""Quotas as arithmetic: which objects a ResourceQuota counts, how much each uses, and whether one more fits.

The API server's admission and the controller that keeps the quotas' status count by the same rules, which are here.
"""
