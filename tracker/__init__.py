"""The installation: settings, addresses, database, server."""
