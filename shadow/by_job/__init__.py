"""How is the service cut by job? One task dispatches, and one for each job does it, whichever event asks for it.

What one failure takes down with it: the one run of a handler, and what is to follow it. For each job of a package
config, and for each handler that it asks for, a task of its own is sent; jobs of one message in turn, so that those
after one that raised are never sent. Nobody tries it again by itself; a second delivery repeats that one handler. Other
handlers of the job share its name and its queue: what is slow in one of them holds up the others, too.
"""
