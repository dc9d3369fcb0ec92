// An import that goes on in steps: presses its "Go on" button by itself until everything is made.
const form = document.querySelector("form[data-progress]");
const bar = document.querySelector("progress");
const told = document.querySelector("[data-told]");

async function goOn() {
  for (let pause = 0; ; ) {
    let answer;
    try {
      answer = await fetch(form.action, { method: "POST", body: new FormData(form), headers: { Accept: "application/json" }, credentials: "same-origin" });
    } catch {
      answer = null;
    }
    if (!answer || answer.status === 503) {
      pause = Math.min(pause * 2 + 500, 15000);
      await new Promise((wake) => setTimeout(wake, pause));
      continue;
    }
    if (!answer.ok) {
      window.location.reload();
      return;
    }
    pause = 0;
    const { done, total, finished, words } = await answer.json();
    if (bar) { bar.max = total; bar.value = done; }
    if (told) told.textContent = words;
    if (finished) {
      window.location.reload();
      return;
    }
  }
}

if (form) goOn();
