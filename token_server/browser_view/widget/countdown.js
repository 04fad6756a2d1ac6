/* How long a code is good for: a ring around it that runs out, and a clock in figures. */

const SECOND_MS = 1000;
const CALM_STEP_MS = 10000; // for people who want less motion the ring moves a little, seldom

class Countdown {
  #track = makeSvg("path", { class: "track", pathLength: 1 });
  #ring = makeSvg("path", { class: "ring", pathLength: 1 });
  #tell;
  #endsAt = 0;
  #ticking = 0;
  #motion = null;
  element = makeSvg("svg", { class: "countdown", part: "countdown", "aria-hidden": "true" }, this.#track, this.#ring);

  /** `tell` is called with the seconds that are left, once a second. */
  constructor(tell) {
    this.#tell = tell;
  }

  /** Run from `leftMs` of `wholeMs` down to nothing. */
  run(leftMs, wholeMs) {
    this.stop();
    const whole = Math.max(leftMs, wholeMs, 1);
    const isCalm = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.#endsAt = performance.now() + leftMs;
    this.#motion = this.#ring.animate([{ strokeDashoffset: 0 }, { strokeDashoffset: -1 }], {
      duration: whole,
      easing: isCalm ? `steps(${Math.ceil(whole / CALM_STEP_MS)})` : "linear",
      fill: "forwards",
    });
    this.#motion.currentTime = whole - leftMs;
    this.#tick();
  }

  stop() {
    clearTimeout(this.#ticking);
    this.#motion?.cancel();
    this.#motion = null;
  }

  /** Follow a box of that size and corner: from the middle of the top, clockwise. */
  surround(size, radius) {
    const inset = 1.5; // half the line
    const corner = Math.max(0, Math.min(radius, size / 2) - inset);
    const [low, high, straight] = [inset, size - inset, size - 2 * inset - 2 * corner];
    const arc = (x, y) => `a${corner} ${corner} 0 0 1 ${x} ${y}`;
    const way =
      `M${size / 2} ${low}H${high - corner}${arc(corner, corner)}v${straight}${arc(-corner, corner)}` +
      `h${-straight}${arc(-corner, -corner)}v${-straight}${arc(corner, -corner)}z`;
    this.#track.setAttribute("d", way);
    this.#ring.setAttribute("d", way);
  }

  #tick() {
    const left = Math.max(0, this.#endsAt - performance.now());
    this.#tell(Math.ceil(left / SECOND_MS));
    if (left > 0) this.#ticking = setTimeout(() => this.#tick(), left % SECOND_MS || SECOND_MS);
  }
}
