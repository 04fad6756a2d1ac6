// Renews what is marked with data-live="seconds"; without this script the reader loads the page anew.

const QUIET_MS = 5 * 60_000; // a desk that somebody left must not keep its session open for ever
let touched = Date.now();
for (const kind of ["pointerdown", "pointermove", "keydown", "scroll"]) {
  addEventListener(kind, () => { touched = Date.now(); }, { passive: true });
}

async function renew() {
  const old = document.querySelector("[data-live]");
  if (!old) return;
  const wait = Number(old.dataset.live) * 1000;
  const isIdle = Date.now() - touched > QUIET_MS;
  if (!document.hidden && !isIdle && !old.contains(document.activeElement)) {
    try {
      const answer = await fetch(location.href, { redirect: "error" });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = page.getElementById(old.id);
      if (answer.ok && fresh && !old.contains(document.activeElement)) old.replaceWith(fresh);
    } catch {
      // Signed out, or no connection: what is shown stays, and the next attempt may do better.
    }
  }
  setTimeout(renew, wait);
}

const live = document.querySelector("[data-live]");
if (live) setTimeout(renew, Number(live.dataset.live) * 1000);
