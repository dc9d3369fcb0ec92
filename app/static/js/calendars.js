// Copying a subscription's address with one press; without a script the field is there to select and copy.
const said = document.querySelector("[data-copy-said]");

for (const field of document.querySelectorAll("[data-select-all]")) {
  field.addEventListener("focus", () => field.select());
}

for (const button of document.querySelectorAll("[data-copy]")) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    const field = document.querySelector(button.dataset.copy);
    try {
      await navigator.clipboard.writeText(field.value);
    } catch {
      field.select();
      if (!document.execCommand("copy")) return;
    }
    const word = button.querySelector("[data-copy-word]");
    const before = word.textContent;
    word.textContent = word.dataset.done;
    said.textContent = word.dataset.done;
    setTimeout(() => { word.textContent = before; }, 3000);
  });
}
