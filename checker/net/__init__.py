"""The wire: resolving, connecting, TLS and HTTP, each phase timed at the socket."""
