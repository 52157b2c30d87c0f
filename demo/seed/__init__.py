"""The seed of the demo: a whole real district at work, everything in it but the names of places made up.

places and bodies stand, people serve in them, stories are told by a scheduler in their own time, through the
same actions as every face; `run` puts it all together and `checks` says whether all of it is there.
"""
