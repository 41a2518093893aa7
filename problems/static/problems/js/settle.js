// Settling a difference: 1 and 2 choose a side for the part that has the focus, and lead to the next part; Ctrl and Enter send it.
"use strict";

for (const [place, group] of document.querySelectorAll(".settling [role=radiogroup]").entries()) {
  group.addEventListener("keydown", (event) => {
    if (!["1", "2"].includes(event.key) || event.ctrlKey || event.altKey || event.metaKey) return;
    const radio = group.querySelectorAll("input")[event.key - 1];
    radio.checked = true;
    const next = document.querySelectorAll(".settling [role=radiogroup]")[place + 1];
    (next ? next.querySelector("input") : radio).focus();
    event.preventDefault();
  });
}
document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
  document.querySelector("[data-send]")?.click();
  event.preventDefault();
});
