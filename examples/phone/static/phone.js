// The phone page: shows the screen that the example's server says, and tells it what the person does.
import { Camera, draw, pictureIn, pictureOfPortal } from "./pictures.js";

const find = (selector) => document.querySelector(selector);
const all = (selector) => [...document.querySelectorAll(selector)];
const SECONDS_OF_TOAST = 6;

let current = {};
let endsAt = 0;
let toastTimer = 0;
let isBusy = false;

function show(screen) {
  const isNew = screen.screen !== current.screen || screen.title !== current.title;
  current = screen;
  for (const section of all("[data-screen]")) section.hidden = section.dataset.screen !== screen.screen;
  const section = find(`[data-screen="${screen.screen}"]`);
  section.dataset.kind = screen.kind ?? "";
  for (const slot of section.querySelectorAll("[data-slot]")) {
    slot.textContent = screen[slot.dataset.slot] ?? "";
    slot.closest("[data-row]")?.toggleAttribute("hidden", !slot.textContent);
  }
  if (screen.screen === "asked") ask(screen);
  showLogo(screen.screen === "asked" ? screen.logo : "");
  if (screen.screen !== "ready") camera.stop();
  if (isNew && screen.screen !== "starting") section.querySelector("h2").focus({ preventScroll: true });
}

/* The address changes with the picture, so no old one is shown. */
function showLogo(hash) {
  const picture = find("[data-logo]");
  picture.hidden = !hash;
  if (hash) picture.src = `/phone/logo?${hash}`;
  else picture.removeAttribute("src");
}

function ask({ needs_number: needsNumber, tries_left: triesLeft, left_s: leftS }) {
  const field = find("#number");
  find("[data-number]").hidden = !needsNumber;
  field.required = Boolean(needsNumber);
  field.value = "";
  endsAt = performance.now() + leftS * 1000;
  const tries = triesLeft === 1 ? "one more try" : `${triesLeft} more tries`;
  find("[data-tries]").textContent = triesLeft === undefined ? "" : `That is not the number: ${tries}.`;
  if (needsNumber && triesLeft !== undefined) field.focus();
  tick();
}

function tick() {
  find("[data-time]").textContent = new Date().toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
  const leftS = Math.max(0, Math.ceil((endsAt - performance.now()) / 1000));
  const left = `${Math.floor(leftS / 60)}:${String(leftS % 60).padStart(2, "0")}`;
  find("[data-left]").textContent = leftS > 0 ? `Good for ${left}.` : "This has expired.";
}

function toast(text) {
  clearTimeout(toastTimer);
  find("[data-toast]").textContent = text;
  toastTimer = setTimeout(() => (find("[data-toast]").textContent = ""), SECONDS_OF_TOAST * 1000);
}

/* One thing at a time, as on any phone. */
async function act(path, options = {}) {
  if (isBusy) return;
  isBusy = true;
  find("main").setAttribute("aria-busy", "true");
  try {
    const answer = await fetch(`/phone/${path}`, { method: "POST", ...options });
    if (!answer.ok) throw new Error(String(answer.status));
    show(await answer.json());
  } catch {
    toast("The example's server did not take that.");
  }
  find("main").removeAttribute("aria-busy");
  isBusy = false;
}

function tell(path, what) {
  return act(path, { headers: { "Content-Type": "application/json" }, body: JSON.stringify(what) });
}

async function scan(picture, path = "scan") {
  await act(path, { headers: { "Content-Type": picture.type }, body: picture });
}

async function scanPicture(picture) {
  if (!picture) return toast("That is no picture.");
  const seen = find("[data-seen]");
  try {
    await draw(picture, seen);
  } catch {
    return toast("That is no picture.");
  }
  seen.toggleAttribute("data-full", true);
  await scan(picture);
  seen.removeAttribute("data-full");
}

async function scanPortal() {
  const { png, problem } = await pictureOfPortal();
  if (problem) toast(problem);
  else await scanPicture(png);
}

const camera = new Camera(find("[data-video]"), find("[data-camera]"), find("[data-idle]"), {
  seen: (frame) => scan(frame, "scan?live"),
  failed: () => toast("There is no camera, or it is not allowed."),
});

for (const button of all("[data-scan]")) button.addEventListener("click", scanPortal);
for (const button of all("button[data-act]")) button.addEventListener("click", () => act(button.dataset.act));
find("[data-camera]").addEventListener("click", () => camera.toggle());
find("[data-picture]").addEventListener("change", ({ target }) => {
  scanPicture(target.files[0]);
  target.value = "";
});
find('form[data-act="link"]').addEventListener("submit", (event) => {
  event.preventDefault();
  tell("link", { user: new FormData(event.target).get("user") });
});
find('form[data-act="answer"]').addEventListener("submit", (event) => {
  event.preventDefault();
  const { value: decision } = event.submitter;
  const number = current.needs_number && decision === "accept" ? { number: find("#number").value } : {};
  tell("answer", { decision, ...number });
});
/* Enter in the number field presses the first button of a form, and that is "Deny". */
find("#number").addEventListener("keydown", (event) => {
  if (event.key !== "Enter") return;
  event.preventDefault();
  find('[name="decision"][value="accept"]').click();
});
for (const kind of ["dragenter", "dragover"]) addEventListener(kind, (event) => event.preventDefault());
addEventListener("drop", (event) => {
  event.preventDefault();
  scanPicture(pictureIn(event.dataTransfer));
});
addEventListener("paste", (event) => {
  if (!event.target.matches?.("input")) scanPicture(pictureIn(event.clipboardData));
});

setInterval(tick, 1000);
tick();
fetch("/phone/screen", { cache: "no-store" })
  .then((answer) => answer.json())
  .then(show, () => toast("The example's server is away."));
