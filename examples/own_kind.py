"""A kind of one's own: a web site, for which a controller keeps pods."""

from windtunnel import INTEGER, STRING, Cause, Object, invalid, kind


@kind(group="example.org")
class Website:
    """A web site: one image, so many pods."""

    spec = Object({"image": STRING, "replicas": INTEGER}, "WebsiteSpec")
    status = Object({"replicas": INTEGER}, "WebsiteStatus")

    def default(self, obj: dict) -> dict:
        return {**obj, "spec": {"replicas": 1, **obj.get("spec", {})}}

    def validate_own(self, obj: dict) -> list[Cause]:
        replicas = obj["spec"]["replicas"]
        return [invalid("spec.replicas", replicas, "must not be negative")] if replicas < 0 else []
