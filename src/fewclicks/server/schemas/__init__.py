"""The REST contract between the page and the server, published as OpenAPI.

A module has the name of the routes that it describes (`server/routes/`), or of what several of them share.
"""
