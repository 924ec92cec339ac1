"""HorizontalPodAutoscalers: how many replicas of something, by what is measured.

`schema` has the fields and defaults, `metric_validation` what is valid in the metrics, `strategy` the rest.
"""
