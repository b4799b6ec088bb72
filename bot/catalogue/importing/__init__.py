"""Taking in a whole catalogue of procedures: one module per source format, one per family of hazards in the data.

``read_*`` turn a file into ``RawRecord`` (what the source says, unjudged); ``fees``, ``times``, ``papers``, ``agencies`` and
``names`` judge it; ``normalise`` puts an ``ImportedRecord`` together; ``procedure`` makes of it what the answers can speak.
"""
