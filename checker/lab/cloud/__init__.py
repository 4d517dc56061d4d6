"""A real AWS API on loopback: moto's server, and the layer that fills its gaps.

moto keeps what one tells it, but nothing happens by itself there: its ECS starts no tasks and filters none by
service, has no health, stop codes or digests, its alarms never judge. `api` runs the server, `ecs` says what ECS would
have come to say; nothing in the product knows of any of this.
"""
