from django.contrib import admin
from django.urls import path

from desk import calendar_views, grid_views, phone_views, screen_views, views
from desk.admin import assessed, filters, jump, lists, rates, snapshots
from desk.tables import TABLES

app_name = "desk"
staff = admin.site.admin_view
urlpatterns = [
    path("", views.today, name="today"),
    path("grid/", grid_views.grid, name="grid"),
    # What makes these pages work without a net. The worker answers for everything below its address.
    path("manifest.webmanifest", phone_views.manifest, name="manifest"),
    path("sw.js", phone_views.worker, name="worker"),
    path("offline/", phone_views.offline, name="offline"),
    path("outbox/", phone_views.outbox, name="outbox"),
    path("outbox/token/", phone_views.token, name="outbox_token"),
    # Among the pages of one's own account.
    path("accounts/calendar/", calendar_views.mine, name="calendar"),
    path("calendar/<str:secret>.ics", calendar_views.feed, name="calendar_feed"),
    path("screen/", screen_views.show, name="screen"),
    # Two steps below: no code of a unit is in its way.
    path("screen/wall/<slug:secret>/", screen_views.wall, name="kiosk"),
    path("screen/wall/<slug:secret>/<slug:code>/", screen_views.wall, name="kiosk_unit"),
    path("screen/<slug:code>/", screen_views.show, name="screen_unit"),
    # Within the staff admin; these come before it, since it answers everything below its address.
    path("admin/jump/", staff(jump.show), name="jump"),
    path("admin/lists/rates/", staff(rates.show), name="rates"),
    path("admin/lists/assessment/", staff(assessed.show), name="assessed"),
    path("admin/lists/snapshots/", staff(snapshots.index), name="snapshots"),
    path("admin/lists/snapshots/<int:pk>/", staff(snapshots.show), name="snapshot"),
    path("admin/lists/filters/<int:pk>/name/", staff(filters.name_filter), name="name_filter"),
    path("admin/lists/filters/<int:pk>/drop/", staff(filters.drop_filter), name="drop_filter"),
    *(
        path(f"admin/lists/{table.key}/", staff(lists.show), {"key": table.key}, name=f"list_{table.key}")
        for table in TABLES
    ),
    path("admin/lists/<slug:key>/", staff(lists.show), name="list"),
    path("admin/lists/<slug:key>/snapshot/", staff(lists.snapshot), name="take_snapshot"),
    path("admin/lists/<slug:key>/filter/", staff(filters.keep_filter), name="keep_filter"),
    path("admin/lists/<slug:key>/filters/", staff(filters.index), name="filters"),
]
