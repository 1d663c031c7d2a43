"""How does a migration live on the team's own Celery: recorded, routed, and undone in a second?"""
