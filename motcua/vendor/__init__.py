"""The vendor pack: everything an agency needs to leave with, and the proof that it can: export, restore, drill.

The format is described in ``docs/operators/vendor-pack.md``.
"""
