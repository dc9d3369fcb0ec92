// Replaces one part of the page with the same part of the page it would have gone to; without it the links simply load.
let running = null;

function target(selector) {
  return document.querySelector(selector);
}

export async function show(address, selector, { push = true, focus = null } = {}) {
  const old = target(selector);
  if (!old) { location.assign(address); return; }
  if (running) running.abort();
  running = new AbortController();
  old.setAttribute("aria-busy", "true");
  try {
    const answer = await fetch(address, { signal: running.signal, headers: { "X-Live": selector }, credentials: "same-origin" });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.querySelector(selector);
    if (!answer.ok || !fresh) { location.assign(address); return; }
    old.replaceWith(document.adoptNode(fresh));
    if (page.title) document.title = page.title;
    if (push) history.pushState({ live: selector }, "", answer.url || address);
    if (focus) again(fresh, focus);
    document.dispatchEvent(new CustomEvent("live:replaced", { detail: fresh }));
  } catch (trouble) {
    if (trouble.name !== "AbortError") location.assign(address);
  }
}

// Puts the keyboard back on the control that was pressed, found by its words.
function again(fresh, words) {
  for (const link of fresh.querySelectorAll("a, button")) {
    if ((link.getAttribute("aria-label") || link.textContent.trim()) === words) { link.focus(); return; }
  }
}

const words = (element) => element && (element.getAttribute("aria-label") || element.textContent.trim());

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-live]");
  if (!link || event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  if (!target(link.dataset.live)) return;
  event.preventDefault();
  show(link.href, link.dataset.live, { focus: words(link) });
});

function send(form) {
  const address = new URL(form.action);
  address.search = new URLSearchParams([...new FormData(form)].filter(([, value]) => value !== "")).toString();
  show(address.href, form.dataset.live);
}

document.addEventListener("submit", (event) => {
  const form = event.target.closest("form[data-live]");
  if (!form || form.method !== "get" || !target(form.dataset.live)) return;
  event.preventDefault();
  send(form);
});

document.addEventListener("change", (event) => {
  const form = event.target.closest("form[data-live]");
  if (form && form.method === "get" && event.target.matches("select, [type=checkbox], [type=radio], [type=date]")) send(form);
});

history.replaceState({ live: null }, "");
addEventListener("popstate", (event) => {
  if (event.state) location.reload();
});
