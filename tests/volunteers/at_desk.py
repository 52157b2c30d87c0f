"""The pages of volunteering in the staff admin, as somebody at a desk opens and answers them."""

from django.test import Client
from django.urls import reverse

from accounts.models import User
from tests.builders import Town
from tests.faces import signed_in


def desk(town: Town, name: str = "community_worker") -> Client:
    User.objects.filter(pk=town.people[name].pk).update(is_staff=True)
    return signed_in(town, name)


def listed(model: str, query: str = "") -> str:
    return f"{reverse(f'admin:volunteers_{model}_changelist')}{query}"


def page_of(row) -> str:
    return reverse(f"admin:volunteers_{row._meta.model_name}_change", args=[row.pk])


def do(client: Client, row, key: str, **answers):
    """Send one of the forms on the page of this row."""
    address = reverse(f"admin:volunteers_{row._meta.model_name}_do", args=[row.pk, key])
    offered = {step["form"].key: step["form"] for step in client.get(page_of(row)).context["steps"]}
    told = {"idempotency_key": offered[key]["idempotency_key"].value()}
    return client.post(address, told | {f"{key}-{name}": value for name, value in answers.items()})


def offered(client: Client, row) -> set[str]:
    return {step["form"].key for step in client.get(page_of(row)).context["steps"]}


def add(client: Client, model: str, **answers):
    address = reverse(f"admin:volunteers_{model}_add")
    form = client.get(address).context["steps"][0]["form"]
    told = {"idempotency_key": form["idempotency_key"].value()}
    return client.post(address, told | {f"new-{name}": value for name, value in answers.items()})
