// On the portal's pages, for the phone page only: lends it a photograph of the QR code that is painted here.

const LEAST_PIXELS = 3; // a module
const PHONE_WINDOW = "popup,width=420,height=860";

/* The picture as it stands on the page: the widget's, or the one of "Link your phone". */
function painted() {
  const card = document.querySelector("qr-login")?.shadowRoot?.querySelector("[data-pictured]");
  return card?.querySelector("[part=picture]") ?? document.querySelector(".qr svg");
}

function photograph(svg) {
  const { width, height } = svg.viewBox.baseVal;
  const pixels = Math.max(LEAST_PIXELS, Math.round((svg.getBoundingClientRect().width * devicePixelRatio) / width));
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [width * pixels, height * pixels];
  const context = canvas.getContext("2d");
  context.scale(pixels, pixels);
  context.fillStyle = "#fff";
  context.fillRect(0, 0, width, height);
  for (const path of svg.querySelectorAll("path[d]")) {
    const line = new Path2D(path.getAttribute("d"));
    const { fill, stroke } = getComputedStyle(path);
    const isLine = stroke !== "none";
    context[isLine ? "strokeStyle" : "fillStyle"] = isLine ? stroke : fill;
    context[isLine ? "stroke" : "fill"](line);
  }
  return canvas;
}

const channel = new BroadcastChannel("example-phone");
channel.onmessage = ({ data }) => {
  const svg = data === "look" && painted();
  if (!svg) return;
  if (document.hidden) channel.postMessage({ isHidden: true }); // nobody can photograph what is covered
  else photograph(svg).toBlob((png) => channel.postMessage({ png }));
};

for (const place of document.querySelectorAll("qr-login, .qr")) place.draggable = true;
addEventListener("dragstart", (event) => {
  const svg = painted();
  if (!svg || !event.target.matches?.("qr-login, .qr")) return;
  const canvas = photograph(svg);
  event.dataTransfer.setData("text/uri-list", canvas.toDataURL());
  event.dataTransfer.setDragImage(canvas, canvas.width / 2, canvas.height / 2);
});

for (const link of document.querySelectorAll("[data-phone]")) {
  link.addEventListener("click", (event) => {
    if (open(link.href, "phone", PHONE_WINDOW)) event.preventDefault();
  });
}
