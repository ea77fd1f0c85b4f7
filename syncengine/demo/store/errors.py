"""The error answers of the store, with the words and parameters of Magento 2.4.7."""

from __future__ import annotations

from typing import Any


class ApiError(Exception):
    """An answer other than 200: its status, message and parameters (a list or an object)."""

    def __init__(self, status: int, message: str, parameters: list[Any] | dict[str, Any] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.parameters = parameters

    def as_json(self) -> dict[str, Any]:
        """The body; `parameters` only when there are some."""
        if self.parameters is None:
            return {"message": self.message}
        return {"message": self.message, "parameters": self.parameters}


def unauthorized(resource: str) -> ApiError:
    """Wrong token and missing permission alike."""
    return ApiError(401, "The consumer isn't authorized to access %resources.", {"resources": resource})


def no_route() -> ApiError:
    """A path that no route matches."""
    return ApiError(404, "Request does not match any route.")


def cannot_be_processed() -> ApiError:
    """A path without a version, or with an unknown store code."""
    return ApiError(400, "Specified request cannot be processed.")


def required(field: str) -> ApiError:
    """A parameter that must be there and is not."""
    return ApiError(400, '"%fieldName" is required. Enter and try again.', {"fieldName": field})


def unsupported(field: str) -> ApiError:
    """A key the request's schema does not know; named as its setter would be."""
    message = '"%fieldName" is not supported. Correct the field name and try again.'
    return ApiError(400, message, {"fieldName": field[:1].upper() + field[1:]})


def invalid_attribute(name: str | None) -> ApiError:
    """A filter on an attribute that does not exist."""
    return ApiError(400, 'The "%1" attribute name is invalid. Reset the name and try again.', [name])


def invalid_type(field: str, value: str, expected: str) -> ApiError:
    """A parameter of the wrong type; this message has no placeholders."""
    text = f'Error occurred during "{field}" processing. The "{value}" value\'s type is invalid.'
    return ApiError(400, f'{text} The "{expected}" type was expected. Verify and try again.')


def no_product() -> ApiError:
    """An unknown SKU in the path."""
    return ApiError(404, "The product that was requested doesn't exist. Verify the product and try again.")


def no_stock(sku: str) -> ApiError:
    """An unknown SKU in a stock path."""
    return ApiError(404, 'The Product with the "%1" SKU doesn\'t exist.', [sku])


def no_entity(field: str, value: Any) -> ApiError:
    """An unknown id in the path."""
    return ApiError(404, "No such entity with %fieldName = %fieldValue", {"fieldName": field, "fieldValue": value})


def internal(report: int) -> ApiError:
    """What production mode answers to any unforeseen fault."""
    return ApiError(500, f"Internal Error. Details are available in Magento log file. Report ID: webapi-{report:013x}")
