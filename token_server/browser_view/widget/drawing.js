/* Making elements, and the pictures: the QR code, the icons. Data only ever becomes text, attributes and numbers. */

const SVG = "http://www.w3.org/2000/svg";
const QUIET_ZONE = 4; // modules; section 5.3.8 of ISO/IEC 18004

/* Drawn with a line of one and a half in a square of 24. */
const ICONS = {
  start: "M4 9V5.5A1.5 1.5 0 0 1 5.5 4H9M15 4h3.5A1.5 1.5 0 0 1 20 5.5V9M20 15v3.5A1.5 1.5 0 0 1 18.5 20H15M9 20H5.5A1.5 1.5 0 0 1 4 18.5V15M8.5 8.5h2.5v2.5h-2.5zM13.5 13.5h2v2h-2zM13.5 9.5h2M9.5 13.5v2",
  scanned: "M8.5 2.75h7a1.75 1.75 0 0 1 1.75 1.75v15a1.75 1.75 0 0 1-1.75 1.75h-7a1.75 1.75 0 0 1-1.75-1.75v-15A1.75 1.75 0 0 1 8.5 2.75zM10.75 18.25h2.5",
  accepted: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM8.25 12.25l2.6 2.6 5-5.35",
  denied: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM9 9l6 6M15 9l-6 6",
  not_me: "M12 2.75l7.25 2.5v5.5c0 4.75-3 8.5-7.25 10.5-4.25-2-7.25-5.75-7.25-10.5v-5.5zM12 8v4.25M12 15.5v.01",
  expired: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM12 7v5l3.25 2",
  offline: "M3 3l18 18M5 12.5a10 10 0 0 1 4.2-2.45M2 9a15 15 0 0 1 4.4-2.75M10.5 5.1A15 15 0 0 1 22 9M14 10.15a10 10 0 0 1 5 2.35M8.25 15.85a5.5 5.5 0 0 1 6.5-.8M12 19v.01",
  failed: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM12 7.5v5M12 16v.01",
};

/* An HTML element with attributes and children; texts among the children stay texts. */
function make(name, attributes = {}, ...children) {
  return furnish(document.createElement(name), attributes, children);
}

function makeSvg(name, attributes = {}, ...children) {
  return furnish(document.createElementNS(SVG, name), attributes, children);
}

function furnish(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/** The QR code on the page: always dark on white, each module a whole number of the screen's pixels. */
class Picture {
  #ground = makeSvg("rect", { width: "100%", height: "100%", fill: "#fff" });
  #modules = makeSvg("path", { fill: "#000" });
  #edge = 0;
  #text = "";
  element = makeSvg("svg", { class: "picture", part: "picture", role: "img", "shape-rendering": "crispEdges" });

  constructor() {
    this.element.append(this.#ground, this.#modules);
  }

  get isEmpty() {
    return this.#text === "";
  }

  /** Errors: RangeError when the text is too long. */
  draw(text, room) {
    if (text !== this.#text) {
      const symbol = qrCode(text);
      this.#edge = symbol.size + 2 * QUIET_ZONE;
      this.#modules.setAttribute("d", outline(symbol));
      this.element.setAttribute("viewBox", `0 0 ${this.#edge} ${this.#edge}`);
      this.#text = text;
    }
    this.fit(room);
  }

  /** Take as much of `room` (in CSS pixels) as whole pixels a module allow. */
  fit(room) {
    if (this.isEmpty || !(room > 0)) return;
    const density = window.devicePixelRatio || 1;
    const pixels = Math.max(1, Math.floor((room * density) / this.#edge));
    const size = (pixels * this.#edge) / density;
    this.element.setAttribute("width", size);
    this.element.setAttribute("height", size);
  }

  clear() {
    this.#text = "";
    this.#modules.removeAttribute("d");
  }
}

/* One closed strip for each run of dark modules in a row. */
function outline({ size, dark }) {
  const strips = [];
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      if (!dark[y * size + x]) continue;
      const from = x;
      while (x + 1 < size && dark[y * size + x + 1]) x++;
      const length = x + 1 - from;
      strips.push(`M${from + QUIET_ZONE} ${y + QUIET_ZONE}h${length}v1h-${length}z`);
    }
  }
  return strips.join("");
}

/** The icon of a view, in one SVG that is used again. */
class Icon {
  #line = makeSvg("path");
  element = makeSvg("svg", { class: "icon", part: "icon", viewBox: "0 0 24 24", "aria-hidden": "true" }, this.#line);

  show(view) {
    this.#line.setAttribute("d", ICONS[view] ?? "");
  }
}
