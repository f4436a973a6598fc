"""How a shape solves a task type: each head is a part, looked up by (task type, shape, route)."""
