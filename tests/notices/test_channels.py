"""The table of channels."""

from notices.channels import CHANNELS, INBOX, channel_choices


def test_every_channel_has_a_label_and_the_inbox_needs_no_sending() -> None:
    assert all(key == row.key and str(row.label) for key, row in CHANNELS.items())
    assert CHANNELS[INBOX].send is None
    assert [key for key, _label in channel_choices()] == list(CHANNELS)
