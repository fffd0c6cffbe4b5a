"""The use cases of a counter: prepare, confirm, sign in. Plain functions over ports."""
