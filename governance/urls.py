"""Every address of the platform."""

from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

urlpatterns = [
    # Before the admin: some of its pages are the desk's, and the admin answers everything below its address.
    path("", include("desk.urls")),
    # Django's own page writes past the actions.
    path("admin/password_change/", RedirectView.as_view(pattern_name="accounts:password")),
    path("admin/", admin.site.urls),
    path("accounts/", include("accounts.urls")),
    path("api/", include("governance.api_urls")),
    path("i18n/", include("django.conf.urls.i18n")),
    path("notices/", include("notices.urls")),
    path("open311/v2/", include("open311.urls")),
    path("volunteers/", include("volunteers.urls")),
    path("", include("issues.urls")),
    path("", include("trail.urls")),
]
handler500 = "trail.views.failed"
