"""What the simulators of the messaging platforms share: a clock that can be moved, faults on command, webhook deliveries with
retries, what a citizen sees on the phone, the control plane, and a page on which to play the citizen.

How to use it is told in ``docs/developers/simulators.md``.
"""
