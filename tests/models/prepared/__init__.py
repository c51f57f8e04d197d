"""How the contract suite builds each model offline: one module per module of ``models/``.

Each has ``prepare(options, folder, server)``, which changes the yaml's options so that the class
loads random weights in the library's real format, from ``folder`` or the HTTP ``server``. A model
without a module here is built from its yaml unchanged. An optional ``arrange()`` is called in the
process that builds the model.
"""
