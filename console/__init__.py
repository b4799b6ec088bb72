"""The web console of officers, supervisors, trainers, administrators and auditors: FastAPI, Jinja2 and htmx over ``bot``."""
