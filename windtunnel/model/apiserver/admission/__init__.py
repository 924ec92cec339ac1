"""Admission plug-ins: what a server adds to a request, or refuses, beyond the rules of the kind itself.

Each plug-in is one small class: `create` and `update` may change what was sent, `validate_create` and `validate_update`
judge what is about to be stored. They run in the order of kube-apiserver.

Not modelled: admission policies, PodSecurity, NodeRestriction, RuntimeClass, storage and ingress classes.
"""
