"""The only room that says which adapter serves which port."""

from app.composition.adapters import resources_folder
from app.composition.services import Services, open_access, open_reader, open_services

__all__ = ["Services", "open_access", "open_reader", "open_services", "resources_folder"]
