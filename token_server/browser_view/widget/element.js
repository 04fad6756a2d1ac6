/* <qr-login>: starts a login, follows it, and tells the page. The reference is docs/widget.md. */

const PATIENCE_WITH_LINE_MS = 2500; // a server that restarts is back sooner: no need to worry anybody

export class QrLogin extends HTMLElement {
  static observedAttributes = ["start", "view", "lang", "purpose", "theme"];

  #face = new Face(this.attachShadow({ mode: "open" }), (event) => this.#pressed(event));
  #isOnPage = false; // `isConnected` is true before connectedCallback already, when the module comes after the element
  #channel = null;
  #starting = null;
  #state = {};
  #told = "";
  #frame = null;
  #expiresAt = Infinity;
  #worry = 0;
  #isLost = false;
  #onVisibility = () => this.#drawFrame();

  connectedCallback() {
    this.#isOnPage = true;
    this.#face.attach();
    this.#face.dress(this.getAttribute("theme"));
    this.#speak();
    document.addEventListener("visibilitychange", this.#onVisibility);
    this.#begin();
  }

  disconnectedCallback() {
    this.#isOnPage = false;
    document.removeEventListener("visibilitychange", this.#onVisibility);
    this.#end();
    this.#face.detach();
  }

  attributeChangedCallback(name, before, after) {
    if (!this.#isOnPage || before === after) return;
    if (name === "theme") this.#face.dress(after);
    else if (name === "lang" || name === "purpose") this.#speak();
    else this.#begin();
  }

  #speak() {
    const nearest = this.parentElement?.closest("[lang]") ?? document.documentElement;
    const language = languageOf(this.getAttribute("lang"), nearest.lang, ...navigator.languages);
    this.#face.speak(language, this.getAttribute("purpose"));
  }

  #begin() {
    this.#end();
    if (this.#finishAddress() === null) return;
    if (this.hasAttribute("gesture")) this.#face.show("start");
    else this.#follow(this.getAttribute("view"));
  }

  #end() {
    this.#starting?.abort();
    this.#channel?.close();
    clearTimeout(this.#worry);
    this.#starting = this.#channel = this.#frame = null;
    this.#expiresAt = Infinity;
    this.#state = {};
    this.#told = "";
    this.#isLost = false;
    this.#face.clearPicture();
    this.#face.stop();
  }

  #pressed(event) {
    if (this.hasAttribute("gesture") && !event.isTrusted) return; // a script is no user
    const isFirst = this.#told === "";
    this.#end();
    if (this.#finishAddress() !== null) this.#follow(isFirst ? this.getAttribute("view") : null);
  }

  /* Where to go in the end, if anywhere. A page that leads nowhere (null) shows that at once, and not after a login. */
  #finishAddress() {
    if (!this.hasAttribute("finish")) return undefined;
    try {
      return httpAddress(this.getAttribute("finish"));
    } catch (error) {
      this.#fail("finish_failed", error.message);
      return null;
    }
  }

  /* Go along with the login at that view URL, or with a new one. */
  async #follow(viewUrl) {
    if (viewUrl === null && !this.hasAttribute("start")) return; // the page will set an attribute
    const starting = (this.#starting = new AbortController());
    this.#face.show("loading");
    try {
      const url = httpAddress(viewUrl ?? (await this.#askPortal(starting.signal)));
      if (starting.signal.aborted) return;
      this.#channel = new LiveChannel(url, {
        said: (word) => this.#said(word),
        lost: () => this.#lost(),
        found: () => this.#found(),
        gone: () => this.#gone(),
      });
      this.#channel.listen();
    } catch (error) {
      if (!starting.signal.aborted) this.#fail("start_failed", error.message);
    }
  }

  async #askPortal(signal) {
    const options = { method: "POST", mode: "same-origin", credentials: "same-origin", cache: "no-store", signal };
    const answer = await fetch(this.getAttribute("start"), { ...options, headers: { Accept: "application/json" } });
    if (!answer.ok) throw new Error(`The portal answered ${answer.status}`);
    const { view_url: viewUrl } = await answer.json();
    if (typeof viewUrl !== "string") throw new Error("The portal's answer has no view_url");
    return viewUrl;
  }

  #said({ frame, ...state }) {
    if (state.state) this.#enter(state);
    if (frame) this.#take(frame);
  }

  #enter(state) {
    this.#state = state;
    if (state.state !== "waiting") this.#frame = null;
    if (state.state === "waiting") this.#face.offer(state.apps ?? []);
    this.#showState();
    this.#runClock(state.expires_in_ms, state.time_to_live_ms);
    this.#tell(state);
  }

  #runClock(leftMs, wholeMs) {
    this.#expiresAt = leftMs === undefined ? Infinity : performance.now() + leftMs;
    if (leftMs === undefined) this.#face.stop();
    else this.#face.run(leftMs, wholeMs ?? leftMs);
  }

  #showState() {
    const { state, reason, number, apps = [] } = this.#state;
    const view = state === "denied" && reason === "not_me" ? "not_me" : state;
    if (!Array.isArray(WORDS.en[view])) return; // a state of a newer server
    const app = apps.length === 1 ? apps[0].name : "";
    this.#face.show(view, { number, app, canRenew: this.hasAttribute("start") });
  }

  #tell({ state, number, reason }) {
    const detail = { state, ...(number && { number }), ...(reason && { reason }) };
    const told = JSON.stringify(detail);
    if (told === this.#told) return;
    this.#told = told;
    this.dispatchEvent(new CustomEvent("qr-login-state", { bubbles: true, composed: true, detail }));
    const next = state === "accepted" && this.#finishAddress();
    if (next) location.assign(next);
  }

  #take({ text, shown_for_ms: shownForMs }) {
    this.#frame = { text, until: performance.now() + shownForMs };
    this.#drawFrame();
  }

  /* Nobody looks at a hidden page: the channel stays, the drawing waits. */
  #drawFrame() {
    if (document.hidden || !this.#frame) return;
    try {
      this.#face.draw(this.#frame.text);
    } catch (error) {
      this.#end();
      this.#fail("not_drawable", error.message);
    }
  }

  #lost() {
    if (performance.now() > this.#expiresAt + PATIENCE_WITH_LINE_MS) this.#gone();
    if (this.#isLost) return;
    this.#isLost = true;
    this.#worry = setTimeout(() => this.#showOffline(), PATIENCE_WITH_LINE_MS);
  }

  #found() {
    if (!this.#isLost) return;
    this.#isLost = false;
    clearTimeout(this.#worry);
    if (!this.#state.state) return;
    this.#showState();
    this.#tell(this.#state);
  }

  /* A code that is still good stays to be scanned; one that has had its time goes. */
  #showOffline() {
    this.#face.show("offline");
    this.#tell({ state: "offline" });
    const left = this.#frame ? this.#frame.until - performance.now() : 0;
    this.#worry = setTimeout(() => this.#face.clearPicture(), Math.max(0, left));
  }

  /* The server knows nothing of this login any more. */
  #gone() {
    this.#channel.close();
    this.#isLost = true; // for good
    clearTimeout(this.#worry);
    this.#enter({ state: "expired" });
    this.#complain("view_not_found", "The server does not know this login, or not any more");
  }

  #fail(code, message) {
    this.#face.show("failed", { canRenew: this.hasAttribute("start") });
    this.#complain(code, message);
  }

  #complain(code, message) {
    this.dispatchEvent(new CustomEvent("qr-login-error", { bubbles: true, composed: true, detail: { code, message } }));
  }
}

/* Errors: TypeError for what is no address, Error for one that is not of the web, like javascript:… */
function httpAddress(text) {
  const address = new URL(text, document.baseURI);
  if (!/^https?:$/.test(address.protocol)) throw new Error(`${address.protocol} is not http: or https:`);
  return address.href;
}

if (!customElements.get("qr-login")) customElements.define("qr-login", QrLogin);
