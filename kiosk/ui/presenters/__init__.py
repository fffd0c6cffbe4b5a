"""The behaviour of the screens, without Qt: states go out, events come in."""
