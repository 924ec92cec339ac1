"""The zoo: components with one known fault each, which the promises must catch.

A planted defect is a subclass of a built-in with one method overridden, put in its place by role: the same door as
everybody's `--swap`. A promise is trusted only since it has caught one.
"""
