"""Which face answers at which address."""

from django.urls import include, path

from problems.admin import site

urlpatterns = [
    path("accounts/", include("problems.accounts.urls")),
    path("admin/", site.urls),
    path("api/", include("problems.api.urls")),
    path("", include("problems.urls")),
]

handler400 = "problems.views.errors.bad_request"
handler403 = "problems.views.errors.forbidden"
handler404 = "problems.views.errors.not_found"
handler500 = "problems.views.errors.server_error"
