/* What people see and hear: the card with its words, the box with the code, the clock, the way to the app. */

const PICTURED_VIEWS = ["waiting", "offline"];
const BUTTONS = { start: "show", expired: "renew", denied: "retry", failed: "retry" };
const HARMFUL_SCHEMES = ["javascript:", "data:", "vbscript:", "blob:", "file:"]; // a link must open an app, not run

function sheet(text, media = "all") {
  const made = new CSSStyleSheet({ media });
  made.replaceSync(text);
  return made;
}

/* Constructed style sheets are no inline styles: a strict content security policy lets them through. */
const SHEETS = {
  light: [sheet(STYLE_CSS)],
  dark: [sheet(STYLE_CSS), sheet(DARK_CSS)],
  auto: [sheet(STYLE_CSS), sheet(DARK_CSS, "(prefers-color-scheme: dark)")],
};

class Face {
  #title = make("p", { class: "title", part: "title" });
  #hint = make("p", { class: "hint", part: "hint" });
  #words = make("div", { class: "words", role: "status", "aria-atomic": "true", tabindex: "-1" }, this.#title, this.#hint);
  #picture = new Picture();
  #icon = new Icon();
  #number = make("span", { class: "number", part: "number", "aria-hidden": "true" });
  #spinner = make("span", { class: "spinner", part: "spinner", "aria-hidden": "true" });
  #button = make("button", { class: "button", part: "button", type: "button" });
  #panel = make(
    "div", { class: "panel", part: "panel" },
    this.#picture.element, this.#icon.element, this.#number, this.#spinner, this.#button,
  );
  #countdown = new Countdown((seconds) => this.#tellTime(seconds));
  #box = make("div", { class: "box", part: "box" }, this.#countdown.element, this.#panel);
  #time = make("p", { class: "time", part: "time", role: "timer" });
  #apps = make("div", { class: "apps", part: "apps" });
  #card = make("div", { class: "card", part: "card" }, this.#words, this.#box, this.#time, this.#apps);
  #sizes = new ResizeObserver(() => this.#fit());
  #root;
  #texts = WORDS.en;
  #view = "loading";
  #facts = {};
  #seconds = 0;
  #shownApps = "";

  constructor(root, onPress) {
    this.#root = root;
    this.#button.addEventListener("click", onPress);
    root.append(this.#card);
  }

  attach() {
    this.#sizes.observe(this.#box);
  }

  detach() {
    this.#sizes.disconnect();
    this.#countdown.stop();
    this.#picture.clear();
  }

  dress(theme) {
    this.#root.adoptedStyleSheets = SHEETS[Object.hasOwn(SHEETS, theme) ? theme : "auto"];
  }

  speak(language, purpose) {
    this.#texts = wordsFor(language, purpose);
    this.#card.lang = language;
    this.#picture.element.setAttribute("aria-label", this.#texts.picture);
    this.show(this.#view, this.#facts);
    this.#tellTime(this.#seconds);
    for (const link of this.#apps.children) this.#nameLink(link);
  }

  /** `facts`: the number to type, the app's name, whether a new code can be had. */
  show(view, facts = {}) {
    const words = this.#texts;
    const hadFocus = this.#root.activeElement === this.#button;
    const values = { number: facts.number, app: facts.app || words.app };
    this.#view = view;
    this.#facts = facts;
    this.#card.dataset.view = view;
    this.#icon.show(view);
    setText(this.#title, fill(words[view][0], values));
    setText(this.#hint, fill(words[view][1], values));
    setText(this.#number, facts.number ?? "");
    setText(this.#button, words[BUTTONS[view]] ?? "");
    this.#button.hidden = !(view in BUTTONS) || (view !== "start" && !facts.canRenew);
    if (hadFocus && this.#button.hidden) this.#words.focus(); // do not drop people who use the keyboard
    if (!PICTURED_VIEWS.includes(view)) this.clearPicture();
  }

  /** Errors: RangeError when the text is too long for a QR code. */
  draw(text) {
    this.#picture.draw(text, this.#panel.clientWidth);
    this.#card.toggleAttribute("data-pictured", true);
    for (const link of this.#apps.children) link.href = link.dataset.link + encodeURIComponent(text);
  }

  clearPicture() {
    this.#picture.clear();
    this.#card.toggleAttribute("data-pictured", false);
    for (const link of this.#apps.children) link.removeAttribute("href");
  }

  run(leftMs, wholeMs) {
    this.#card.toggleAttribute("data-running", true);
    this.#countdown.run(leftMs, wholeMs);
  }

  stop() {
    this.#card.toggleAttribute("data-running", false);
    this.#countdown.stop();
  }

  offer(apps) {
    const listed = JSON.stringify(apps);
    if (listed === this.#shownApps) return;
    this.#shownApps = listed;
    const harmless = apps.filter(({ link }) => isHarmless(link));
    this.#apps.replaceChildren(...harmless.map((app) => this.#linkTo(app)));
    this.#apps.toggleAttribute("data-none", harmless.length === 0);
  }

  #linkTo({ name, link }) {
    const made = make("a", { class: "app", part: "app", rel: "noreferrer", "data-link": link, "data-name": name });
    this.#nameLink(made);
    return made;
  }

  #nameLink(link) {
    link.textContent = fill(this.#texts.open, { app: link.dataset.name });
  }

  #tellTime(seconds) {
    this.#seconds = seconds;
    const time = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
    this.#time.textContent = fill(this.#texts.time, { time });
  }

  #fit() {
    this.#countdown.surround(this.#box.clientWidth, parseFloat(getComputedStyle(this.#box).borderTopLeftRadius) || 0);
    this.#picture.fit(this.#panel.clientWidth);
  }
}

/* Only what is new is written, so that screen readers say nothing twice. */
function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

function isHarmless(link) {
  try {
    return !HARMFUL_SCHEMES.includes(new URL(link).protocol);
  } catch {
    return false;
  }
}
