"""Addresses of PLAIN."""

from rest_framework.routers import SimpleRouter

from bench.plain.views import PaperViewSet, ProblemViewSet

router = SimpleRouter()
router.register("papers", PaperViewSet)
router.register("problems", ProblemViewSet)
urlpatterns = router.urls
