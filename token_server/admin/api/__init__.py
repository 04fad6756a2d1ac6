"""Programs at the admin's desk: JSON over the same flows as the console, described by `openapi/admin.yaml`.

Who calls is told by a personal access token (`Authorization: Bearer tsp_…`); each operation names its permission.

**Adding a family**: a class whose constructor takes the flows it uses and whose `operations()` names each route, its
handler and the permission; a handler takes a `Call`, returns a response. One field in `routes.py`, one line in
`app/administration.py`, one row for each route in `tests/admin/role_matrix.py`, and the operation in the document.

    GET  …/things            answer_page(…)                       {"things": […], "next": "cursor"} (`paging.py`)
    GET  …/things/{id}       answer_json(…, headers=etag(7))      ETag: "7" (`revisions.py`)
    PUT, PATCH, DELETE       required_revision(call.request)      428 without If-Match; ChangedMeanwhile becomes 412
    errors                   problems of RFC 9457 (`errors.py`)
"""
