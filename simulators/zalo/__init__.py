"""A stand-in for the Zalo Official Account platform: OAuth v4, OpenAPI v3.0 and v2.0, ZBS templates and the webhook.

What it promises, its control plane and its open assumptions are told in ``docs/developers/simulators.md``.
"""
