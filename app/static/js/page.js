// What every page does beyond plain HTML: close open menus, put the eye on refusals, switch the scheme, and load what a page needs.
const root = document.documentElement;

function closeMenus(except) {
  for (const menu of document.querySelectorAll("details.menu[open], details.confirm[open]")) {
    if (menu !== except && !menu.contains(except)) menu.open = false;
  }
}

document.addEventListener("click", (event) => {
  closeMenus(event.target.closest("details"));
  const close = event.target.closest("[data-close]");
  if (close) {
    const details = close.closest("details");
    details.open = false;
    details.querySelector("summary").focus();
  }
  if (event.target.closest("[data-scheme-switch]")) {
    const dark = root.dataset.scheme
      ? root.dataset.scheme === "dark"
      : matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.scheme = dark ? "light" : "dark";
    document.cookie = `scheme=${root.dataset.scheme}; path=/; max-age=31536000; SameSite=Lax`;
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const open = document.activeElement && document.activeElement.closest("details.menu[open], details.confirm[open]");
  closeMenus(null);
  if (open) open.querySelector("summary").focus();
});

// A form pressed twice is sent once; the server would refuse the second press anyway.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post") return;
  if (form.dataset.sent) { event.preventDefault(); return; }
  form.dataset.sent = "yes";
  setTimeout(() => delete form.dataset.sent, 5000);
});

function wake(part) {
  for (const hidden of part.querySelectorAll("[data-scheme-switch], [data-close]")) hidden.hidden = false;
  const refusal = part.querySelector("[data-focus]");
  if (refusal) refusal.focus();
  if (part.querySelector("[data-grid]")) import("./grid.js").then((module) => module.wake(part));
}

if (document.querySelector("[data-live]")) import("./live.js");
document.addEventListener("live:replaced", (event) => wake(event.detail));
wake(document);
