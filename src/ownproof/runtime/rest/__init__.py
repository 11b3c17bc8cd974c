"""The server: one bundle over HTTP, validated, limited, logged and counted."""
