"""Every address of the platform."""

from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

urlpatterns = [
    # Before the admin, which answers everything below its address: some of its pages are the desk's or volunteering's.
    path("", include("desk.urls")),
    path("admin/volunteering/", include("volunteers.admin.urls")),
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
