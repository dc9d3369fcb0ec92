"""Shapes: the schemas that both judge requests and make the OpenAPI document, one module per topic."""
