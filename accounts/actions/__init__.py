"""The only writers of accounts."""

from accounts.actions.authority import CONNECTS, MANAGES
from accounts.actions.calendar_addresses import make_address, revoke_address, whose_address
from accounts.actions.identities import link_identity, unlink_identity
from accounts.actions.people import (
    NewAccount,
    change_account,
    change_password,
    close_account,
    erase_account,
    forget_sessions,
    has_stood_somewhere,
    keep_own_phone,
    open_account,
    open_accounts,
    open_own_account,
    open_service,
    rename_service,
    reopen_account,
    set_first_password,
    set_language,
    set_text_size,
)
from accounts.actions.tokens import (
    forget_tokens,
    issue_token,
    note_use,
    revoke_token,
    revoke_tokens,
)

__all__ = [
    "CONNECTS",
    "MANAGES",
    "NewAccount",
    "change_account",
    "change_password",
    "close_account",
    "erase_account",
    "forget_sessions",
    "forget_tokens",
    "has_stood_somewhere",
    "issue_token",
    "keep_own_phone",
    "link_identity",
    "make_address",
    "note_use",
    "open_account",
    "open_accounts",
    "open_own_account",
    "open_service",
    "rename_service",
    "reopen_account",
    "revoke_address",
    "revoke_token",
    "revoke_tokens",
    "set_first_password",
    "set_language",
    "set_text_size",
    "unlink_identity",
    "whose_address",
]
