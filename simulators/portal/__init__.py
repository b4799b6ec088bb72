"""A stand-in for the e-government portal (our contract, the exchange over LGSP, signed-in pages), with the traps that real
sources hold and faults on command.

The contract is ``docs/portal-api.yaml``; how to run it is told in ``docs/operators/portal.md``. All dossiers are made up.
"""
