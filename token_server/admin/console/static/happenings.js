// Renews what is marked with data-live="seconds"; without this script the reader loads the page anew.

// Only what somebody has touched since the last time counts as use: a desk that was left signs itself out.
let isTouched = false;
for (const kind of ["pointerdown", "pointermove", "keydown", "scroll"]) {
  addEventListener(kind, () => { isTouched = true; }, { passive: true });
}

async function renew() {
  const old = document.querySelector("[data-live]");
  if (!old) return;
  const wait = Number(old.dataset.live) * 1000;
  if (!document.hidden && !old.contains(document.activeElement)) {
    try {
      const headers = isTouched ? {} : { "Renewed-By-Itself": "yes" };
      isTouched = false;
      const answer = await fetch(location.href, { redirect: "manual", headers });
      if (answer.type === "opaqueredirect") return location.reload(); // signed out: nothing stays on the screen
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = page.getElementById(old.id);
      if (answer.ok && fresh && !old.contains(document.activeElement)) old.replaceWith(fresh);
    } catch {
      // No connection: what is shown stays, and the next attempt may do better.
    }
  }
  setTimeout(renew, wait);
}

const live = document.querySelector("[data-live]");
if (live) setTimeout(renew, Number(live.dataset.live) * 1000);
