"""The only owner of the disk; joins the phases through one table of steps."""
