/* The line to the server: server-sent events, and asking again and again where those do not get through. */

const FINAL_STATES = ["accepted", "denied", "expired"];
const PATIENCE_MS = 5000; // a word that is this late will not come: a proxy keeps it, or the line is dead
const AGAIN_MS = 1000;
const SELDOM_MS = 10000;
const STREAM_CHANCES = 2;

class LiveChannel {
  #url;
  #listener;
  #source = null;
  #timer = 0;
  #stopping = new AbortController();
  #failures = 0;
  #dueAt = 0;
  #isStreamKnownToWork = false;

  /** `listener` hears `said(word)` (members `state`, `frame`), `lost()`, `found()` and `gone()`. */
  constructor(url, listener) {
    this.#url = url;
    this.#listener = listener;
  }

  listen() {
    const source = new EventSource(`${this.#url}/events`);
    this.#source = source;
    source.addEventListener("state", ({ data }) => this.#heard(JSON.parse(data)));
    source.addEventListener("frame", ({ data }) => this.#heard({ frame: JSON.parse(data) }));
    source.onopen = () => {
      if (!this.#isStreamKnownToWork) return; // some proxies open at once and then keep every word to themselves
      this.#recovered();
      this.#expectWordWithin(Math.max(PATIENCE_MS, this.#dueAt - performance.now()));
    };
    source.onerror = () => this.#streamFailed(source.readyState === EventSource.CLOSED);
    this.#expectWordWithin(PATIENCE_MS);
  }

  close() {
    this.#stopping.abort();
    this.#hangUp();
  }

  #hangUp() {
    clearTimeout(this.#timer);
    this.#source?.close();
    this.#source = null;
  }

  #heard(word) {
    this.#isStreamKnownToWork = true;
    this.#recovered();
    this.#say(word);
    const nextWithin = word.frame?.shown_for_ms ?? word.expires_in_ms;
    if (!this.#source || nextWithin === undefined) return;
    this.#dueAt = performance.now() + nextWithin + PATIENCE_MS;
    this.#expectWordWithin(nextWithin + PATIENCE_MS);
  }

  #say(word) {
    if (FINAL_STATES.includes(word.state)) this.close();
    this.#listener.said(word);
  }

  #recovered() {
    this.#failures = 0;
    this.#listener.found();
  }

  /* A connection can be dead without anybody having hung up, as after a laptop's sleep. */
  #expectWordWithin(milliseconds) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#streamFailed(true), milliseconds);
  }

  /* While it is not `over`, the browser connects again by itself, after the pause that the server asked for. */
  #streamFailed(over) {
    this.#failures += 1;
    this.#listener.lost();
    if (this.#failures >= STREAM_CHANCES) {
      this.#hangUp();
      this.#ask();
    } else if (over) {
      this.#hangUp();
      this.#timer = setTimeout(() => this.listen(), AGAIN_MS);
    } else {
      this.#expectWordWithin(2 * PATIENCE_MS);
    }
  }

  async #ask() {
    let pause = Math.min(AGAIN_MS * 2 ** (this.#failures - STREAM_CHANCES), SELDOM_MS);
    try {
      const options = { cache: "no-store", credentials: "omit", signal: this.#stopping.signal };
      const answer = await fetch(this.#url, options);
      pause = Math.max(AGAIN_MS, Number(answer.headers.get("Retry-After")) * 1000 || 2 * AGAIN_MS);
      if (answer.status === 404) return this.#listener.gone();
      if (!answer.ok) throw new TypeError(`HTTP status ${answer.status}`);
      const word = await answer.json();
      this.#listener.found();
      this.#say(word);
      this.#failures = STREAM_CHANCES;
      if (this.#isStreamKnownToWork && !this.#stopping.signal.aborted) return this.#streamAgain();
    } catch {
      this.#failures += 1;
      if (!this.#stopping.signal.aborted) this.#listener.lost();
    }
    if (!this.#stopping.signal.aborted) this.#timer = setTimeout(() => this.#ask(), pause);
  }

  /* It was the network, not the stream: asking was for the meantime. */
  #streamAgain() {
    this.#failures = 0;
    this.listen();
  }
}
