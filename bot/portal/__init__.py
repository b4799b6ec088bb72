"""The e-government portal behind one interface: ``gateway.PortalGateway``.

``docs/portal-api.yaml`` is the contract; ``http_portal`` speaks it, ``breaker`` and ``cache`` stand around it.
"""
