"""What people see: presenters without Qt, screens that draw them, one bridge between threads."""
