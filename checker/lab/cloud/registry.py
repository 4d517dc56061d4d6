"""The container registry: pushes, and what a lifecycle policy would have deleted."""

import json
from hashlib import sha256
from typing import Any

from checker.lab.cloud.api import ACCOUNT, REGION, Api

HOST = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com"

_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"


class Registry:
    """The repositories of the account. moto stores lifecycle policies but never acts on them: `expire` does."""

    def __init__(self, api: Api) -> None:
        self._client = api.client("ecr")

    def create(self, repository: str, keep: int | None = None) -> None:
        """Create a repository; `keep`: how many images its lifecycle policy leaves."""
        self._client.create_repository(repositoryName=repository)
        if keep is not None:
            rule = {
                "rulePriority": 1,
                "description": f"keep {keep}",
                "selection": {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": keep},
                "action": {"type": "expire"},
            }
            self._client.put_lifecycle_policy(
                repositoryName=repository, lifecyclePolicyText=json.dumps({"rules": [rule]})
            )

    def push(self, repository: str, tag: str) -> str:
        """Push an image with contents of its own, and return its name."""
        manifest = {
            "schemaVersion": 2,
            "mediaType": _MANIFEST,
            "config": {"mediaType": "application/json", "size": 1, "digest": f"sha256:{tag:0>64}"},
            "layers": [],
        }
        self._client.put_image(
            repositoryName=repository,
            imageTag=tag,
            imageManifest=json.dumps(manifest),
            imageManifestMediaType=_MANIFEST,
            imageDigest=f"sha256:{sha256(f'{repository}:{tag}'.encode()).hexdigest()}",
        )
        return f"{HOST}/{repository}:{tag}"

    def expire(self, repository: str, keep: int) -> tuple[str, ...]:
        """Do what a lifecycle policy does within a day: delete the oldest beyond `keep`; return their tags."""
        images: list[dict[str, Any]] = self._client.describe_images(repositoryName=repository)["imageDetails"]
        images.sort(key=lambda image: image["imagePushedAt"])  # by the second; else as they were pushed
        tags = tuple(tag for image in images[:-keep] for tag in image["imageTags"])
        if tags:
            self._client.batch_delete_image(
                repositoryName=repository, imageIds=[{"imageTag": tag} for tag in tags]
            )
        return tags


def pull(api: Api, image: str) -> str:
    """Return the digest of an image in the registry; raises LookupError in the words of ECS."""
    repository, _, tag = image.rpartition("/")[2].partition(":")
    images = api.state("ecr").repositories
    found = images[repository].images if repository in images else ()
    for held in found:
        if tag in held.image_tags:
            return str(held.image_digest)
    raise LookupError(f"CannotPullContainerError: failed to resolve ref {image}: {image}: not found")
