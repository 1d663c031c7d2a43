"""How is the service cut by event? Workflow 2 of the plan: a task that parses, and one for each kind.

What one failure takes down with it: all that the event asks for and that was not done yet, as in legacy. A handler
that raises ends the event's task; what was done before it stays, each handler committed its own. Nobody tries it
again by itself; where the message is sent or delivered again, handlers that had ended well run again, too. The other
messages, of this kind of event or of another, are not touched.
"""
