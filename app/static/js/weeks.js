// Words (第3-10周(双) 周二 3-4节) and pickers of a booking form fill each other. What words mean is the server's answer,
// found on the verdict; nothing is read or guessed here. On a phone class periods are tapped: the first, then the last.
const tick = (form, name, values) => {
  for (const box of form.querySelectorAll(`[name="${name}"]`)) box.checked = values.includes(box.value);
};

function choose(select, value) {
  if (!select || !value) return;
  if (![...select.options].some((option) => option.value === value)) select.add(new Option(value, value));
  select.value = value;
}

// Takes over what the server understood; `asked` is what the words were when it was asked.
export function understood(form, verdict, asked) {
  const words = form.elements.when;
  const said = verdict.dataset;
  if (!words || said.when === undefined || words.value !== asked) return;
  const problem = form.querySelector("[data-when-problem]");
  problem.textContent = said.problem;
  problem.hidden = !said.problem;
  if (said.problem) words.setAttribute("aria-invalid", "true");
  else words.removeAttribute("aria-invalid");
  if (said.problem) return;
  if (asked.trim() && asked.trim() !== form.elements.when_was.value) {
    for (const option of form.querySelectorAll('[name="repeat"]')) option.checked = option.value === said.repeat;
    for (const option of form.querySelectorAll('[name="mode"]')) option.checked = option.value === said.mode;
    tick(form, "week", said.weeks.split(","));
    tick(form, "weekday", said.weekdays.split(","));
    choose(form.elements.first, said.first);
    choose(form.elements.last, said.last);
    if (said.day) form.elements.day.value = said.day;
  }
  if (document.activeElement !== words) words.value = said.when;
  form.elements.when_was.value = words.value.trim();
  form.elements.picks_were.value = said.picks;
  press(form);
}

// Shows on the chips which class periods the two lists say.
function press(form) {
  const first = Number(form.elements.first?.value);
  const last = Number(form.elements.last?.value);
  for (const chip of form.querySelectorAll("[data-period-chips] button")) {
    const number = Number(chip.dataset.number);
    chip.setAttribute("aria-pressed", String(number >= first && number <= last));
  }
}

export function periodsToTap(form) {
  const chips = form.querySelector("[data-period-chips]");
  if (!chips || !form.elements.first) return;
  let begun = false;
  chips.hidden = false;
  press(form);
  chips.addEventListener("click", (event) => {
    const chip = event.target.closest("button");
    if (!chip) return;
    const { first, last } = form.elements;
    const number = chip.dataset.number;
    if (begun && Number(number) >= Number(first.value)) {
      choose(last, number);
      begun = false;
    } else {
      choose(first, number);
      choose(last, number);
      begun = true;
    }
    press(form);
    first.dispatchEvent(new Event("change", { bubbles: true }));
  });
  form.addEventListener("change", () => press(form));
}
