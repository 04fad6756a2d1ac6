// Waits until the phone has answered, then lets the portal say what happened. Without scripts the page reloads itself.
"use strict";

const LONGEST_PAUSE_MS = 10_000;
const card = document.querySelector("[data-left-s]");
const clock = document.querySelector("[data-clock]");
const bar = document.querySelector("progress");
const status = document.querySelector("[data-status]");
const endsAt = performance.now() + Number(card.dataset.leftS) * 1000;

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

async function waitForPhone() {
  let pauseMs = 500;
  for (;;) {
    try {
      const response = await fetch("/login/wait", { cache: "no-store", redirect: "error" });
      if (!response.ok) throw new Error(String(response.status));
      if ((await response.json()).ended) break;
      pauseMs = 500;
      status.textContent = "Waiting for your phone";
    } catch {
      status.textContent = "No connection. Trying again";
      await sleep(pauseMs);
      pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
    }
  }
  status.textContent = "One moment";
  location.replace("/login/finish");
}

function showTimeLeft() {
  const leftS = Math.max(0, Math.ceil((endsAt - performance.now()) / 1000));
  clock.textContent = `${Math.floor(leftS / 60)}:${String(leftS % 60).padStart(2, "0")}`;
  bar.value = leftS;
  card.classList.toggle("ending", leftS <= 10);
}

setInterval(showTimeLeft, 1000);
waitForPhone();
