"""A strict stand-in for Telegram's Bot API: real HTTP both ways, its rules, limits, error texts and webhook deliveries.

How to use it is told in ``docs/developers/simulators.md``.
"""
