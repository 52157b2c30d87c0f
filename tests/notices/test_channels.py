"""The table of channels."""

from notices.channels import CHANNELS, INBOX, TEXT, channel_choices


def test_every_channel_has_a_label_and_the_inbox_needs_no_sending() -> None:
    assert all(key == row.key and str(row.label) for key, row in CHANNELS.items())
    assert CHANNELS[INBOX].send is None


def test_what_is_switched_off_here_keeps_its_label() -> None:
    labels = dict(channel_choices())
    assert set(CHANNELS) <= set(labels) and str(labels[TEXT])
