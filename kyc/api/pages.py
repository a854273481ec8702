from rest_framework.pagination import CursorPagination


class Cursor(CursorPagination):
    """Newest first, stable while rows are added; `limit` up to 100."""

    ordering = "-id"
    page_size_query_param = "limit"
    max_page_size = 100
