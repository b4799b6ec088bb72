"""Pages that anybody may read without a sign-in: cards of procedures, figures, guides, the state of the service, surveys.

The gateway serves them. They work without a script, on small screens, printed, in light and dark.
"""
