// Pleasant, never needed: every page works without it.

/** Puts a button beside each secret that copies it. */
function offerCopy(source, text) {
  if (!navigator.clipboard) return;
  const button = document.createElement("button");
  button.type = "button";
  button.className = "quiet small copy";
  button.textContent = "Copy";
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(text);
    button.textContent = "Copied";
    setTimeout(() => { button.textContent = "Copy"; }, 2000);
  });
  source.after(button);
}

for (const code of document.querySelectorAll("[data-copy]")) offerCopy(code, code.textContent);
for (const list of document.querySelectorAll("[data-copy-list]")) {
  offerCopy(list, [...list.querySelectorAll("code")].map((code) => code.textContent).join("\n"));
}

// A second click while the first is under way would be a second request.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.dataset.sent) event.preventDefault();
  form.dataset.sent = "yes";
});
// Coming back by the browser's own button, the form may be sent again.
addEventListener("pageshow", () => {
  for (const form of document.forms) delete form.dataset.sent;
});

// The menu closes with Escape and gives the focus back.
document.addEventListener("keydown", (event) => {
  const menu = document.querySelector("details.menu[open]");
  if (event.key === "Escape" && menu) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});
