"""Jobs: pods that run to their end.

`schema` has the fields, `validation` and `policy_validation` what is valid in a new job, `status_validation` what may
become of it, `strategy` its life in the API server.
"""
