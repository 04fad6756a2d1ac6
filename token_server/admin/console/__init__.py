"""The operator's browser: pages made on the server, which work without a script and are pleasant with one.

One file per family of pages; templates in `templates/`, style and script in `static/`. Owns words, forms and where a
browser goes next; leaves every decision to `flows/administration/` and who may see a page to `doors.py`.

A request's way: `web/edge.py` (its id, its errors) > `cross_site.py` (is this form ours?) > `doors.py` (who is it, and
may they?) > a family's handler > a flow > `pages.py` (a template becomes an answer) or `visit.go(…)` (go on).

**Adding a family**, say callback deliveries:

1. `callback_deliveries.py` with one class. Its constructor takes `pages` and exactly the flows it uses; `pages()` names
   each route, its handler and the permission (from `domain/operators.py`); a handler takes a `Visit`:

        class CallbackDeliveryPages:
            def __init__(self, pages: Pages, deliveries: ManageDeliveries) -> None: …

            def pages(self) -> list[Page]:
                see, retry = Permission.SEE_CALLBACK_DELIVERIES, Permission.RETRY_CALLBACKS
                return [
                    Page("GET", "/callbacks", self.list, see),
                    Page("GET", f"/callbacks/{DELIVERY}/retry", self.ask, retry),
                    Page("POST", f"/callbacks/{DELIVERY}/retry", self.retry, retry),
                ]

2. `routes.py`: one field in `Console`. `app/administration.py`: build the flow in `build_administration` and hand it
   over in `build_console`. `navigation.py`: one `Entry` with the permission of the family's first page.
3. `templates/callback_deliveries.html` (below). `tests/admin/role_matrix.py`: one row a route, else a test fails.

**A change** is POST > flow > `return visit.go("/callbacks", "It will be sent again.")`: 303, and the next page says so,
once. Nothing secret goes into that sentence; what is shown once (a new secret) is the POST's own `pages.show(…)`.
A problem with a field: `form.note(error)`, then `pages.refuse(visit, template, …)` shows the form again, with what was
typed. Read fields with `visit.form.text/texts/flag/number`, the path with `visit.named`, the query with `visit.asked`.
**Something dangerous** has a GET that returns `pages.confirm(visit, title=…, text=…, action=…, button=…, back=…,
revision=…)` and a POST at the same path. **Two admins**: forms carry a revision (`ui.form(…, revision=it.revision)`),
the flow raises ChangedMeanwhile, and the family shows the form again beside what is stored now (`conflicts.Showing`).
What is named, changed and disabled, but never deleted, has all of that in `configured.py` already.
**Nothing** is protected by hiding it: leave a button away where `operator.may(permissions.X)` is false, but the route's
permission and the flow's own `operator.require` are what holds.

**A template** extends `layout.html` and fills `title` and `main`. Everywhere there are `operator`, `permissions`,
`roles`, `sent` (the form), `path`, the filters `when` (milliseconds to a time), `in_fours`
(a fingerprint to groups) and `pairs`, and these macros:

    {% import "macros.html" as ui with context %}             at the top of the block `main`
    {{ ui.page_head("Callbacks", "A sentence.") }}            as a call block: with buttons at its right
    {% call ui.form("/callbacks", revision=7) %}…             class="row": fields side by side; "inline": in a line
    {{ ui.field("name", "Name", type="text", value=…, help=…, required=true, autocomplete="off", attributes={…}) }}
    {{ ui.text_area("text", "Text", rows=4, …) }}             and the same words as for a field
    {{ ui.select("role", "Role", [("a", "A")], value="a") }}
    {{ ui.checkbox("on", "On", checked=x) }}
    {{ ui.submit("Save") }}                                   kind: main, quiet, danger
    {% call ui.table("Callbacks", ["Portal", "State", ""]) %} rows: <tr> with
    {% call ui.cell("Portal") %}…                             cells that know their head, for cards on small screens
    {% call ui.cell("", "act") %}…                            the last: buttons
    {{ ui.pagination(first="/callbacks", following="/callbacks?after=…") }}
    {{ ui.badge("Delivered", "good") }}                       plain, good, warn, bad
    {{ ui.empty("No callbacks yet", "…", href="…", label="…") }}
    {% call ui.facts() %}{% call ui.fact("Address") %}…       names and values
    {{ ui.secret("Client secret", secret) }}                  shown once, with a button that copies it
    <section class="card">, <div class="columns">, <div class="tiles">, .help, .lead, .unseen (for screen readers only)

No inline script, no inline style, no `|safe`: the policy in `admin/headers.py` refuses the first two, a test the third.
"""
