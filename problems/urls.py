"""Addresses of the site."""

from django.contrib.sitemaps import views as sitemaps
from django.urls import path, re_path

from problems.sitemaps import SITEMAPS
from problems.views import account, calls, components, coverage, home, pages, papers, problems
from problems.views.asking import reads

urlpatterns = [
    path("", home.home, name="home"),
    path("problems/", problems.index, name="problems"),
    path("problems/<int:number>-<slug:slug>/", problems.detail, name="problem"),
    re_path(r"^problems/(?P<number>[0-9]{1,9})(?:-(?P<slug>[^/]*))?/$", problems.detail),
    path("map/", coverage.index, name="map"),
    path("papers/", papers.index, name="papers"),
    path("papers/<slug:public_id>/<slug:slug>/", papers.detail, name="paper"),
    re_path(r"^papers/(?P<public_id>[a-z0-9]{10})/(?:(?P<slug>[^/]*)/)?$", papers.detail),
    path("calls/", calls.index, name="calls"),
    path("codebook/", pages.words, name="codebook"),
    path("about/", pages.about, name="about"),
    path("components/", components.index, name="components"),
    path("account/", account.detail, name="account"),
    path("theme.css", pages.theme, name="theme"),
    path("robots.txt", pages.robots, name="robots"),
    path(".well-known/security.txt", pages.security, name="security"),
    path("sitemap.xml", reads(sitemaps.index), {"sitemaps": SITEMAPS, "sitemap_url_name": "sitemap-section"}, name="sitemap"),
    path("sitemap-<slug:section>.xml", reads(sitemaps.sitemap), {"sitemaps": SITEMAPS}, name="sitemap-section"),
]
