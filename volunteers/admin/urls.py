"""Pages of volunteering in the staff admin that need no admin class."""

from django.contrib import admin
from django.urls import path

from volunteers.admin import figures

app_name = "volunteers_desk"
urlpatterns = [path("figures/", admin.site.admin_view(figures.show), name="figures")]
