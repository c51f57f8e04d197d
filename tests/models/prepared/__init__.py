"""How the contract builds each model far from the internet: a module a module of ``models/``.

Each has ``prepare(options, folder, server)``: the yaml's options, changed so that the class loads
weights in the library's real format, made here at random, from ``folder`` or the HTTP ``server``.
A model without a module here is built from its yaml as it is. ``arrange()``, where there is one, is
called in the process that builds the model.
"""
