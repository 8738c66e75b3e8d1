"""What we want to know of an invoice: the fields, their types, and what stands beside them."""

from datetime import date
from decimal import Decimal
from typing import Literal

from pydantic import BaseModel, Field


class Line(BaseModel):
    what: str
    count: int = Field(ge=1)
    price: Decimal = Field(description="of one, not of all")


class Invoice(BaseModel):
    """A bill for something that was delivered or done."""

    seller: str
    number: str = Field(description="as the seller writes it")
    due: date | None = None
    currency: Literal["EUR", "USD"]
    lines: list[Line]
    total: Decimal
