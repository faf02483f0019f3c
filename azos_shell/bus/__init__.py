"""The command bus: a command is a typed function; every simple command is one dispatch through the stages."""
