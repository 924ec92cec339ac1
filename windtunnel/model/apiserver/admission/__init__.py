"""Admission plug-ins: what a server adds to a request, or refuses, beyond the rules of the kind itself.

Each plug-in is one small class with up to two methods, `create` and `update`. They run in the order of kube-apiserver.

Not modelled: webhooks and admission policies, LimitRanger, ResourceQuota, PodSecurity, NodeRestriction, RuntimeClass,
storage and ingress classes.
"""
