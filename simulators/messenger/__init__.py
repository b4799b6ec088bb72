"""A stand-in for the Facebook Messenger Platform: Graph Send API, webhooks and conversation routing over real HTTP.

Written from the platform's documents alone; it shares no code with the connector it tests. See docs/developers/simulators.md.
"""
