"""What lists look like to other systems."""

from rest_framework import serializers


class ColumnSerializer(serializers.Serializer):
    key = serializers.CharField(help_text="Key of its cell in a row.")
    label = serializers.CharField(help_text="Its heading in the reader's language.")


class TableSerializer(serializers.Serializer):
    """A list."""

    key = serializers.CharField(help_text="Its key in addresses.")
    label = serializers.CharField(help_text="What it is called.")
    about = serializers.CharField(help_text="Which rows it has, in which order.")
    columns = ColumnSerializer(many=True, help_text="What a row shows.")
    filters = serializers.ListField(
        child=serializers.CharField(help_text="A parameter."), help_text="By what it can be narrowed."
    )
