"""Every address of the platform."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    # Before the admin: some of its pages are the desk's, and the admin answers everything below its address.
    path("", include("desk.urls")),
    path("admin/", admin.site.urls),
    path("accounts/", include("accounts.urls")),
    path("api/", include("governance.api_urls")),
    path("i18n/", include("django.conf.urls.i18n")),
    path("notices/", include("notices.urls")),
    path("", include("issues.urls")),
    path("", include("trail.urls")),
]
handler500 = "trail.views.failed"
